app "report" {
  update_strategy { type = "Recreate" }
  container "report" {
    image = "report:1"
    mount "/data" { volume = volume.copy }
    mount "/old" {
      volume    = volume.old
      read_only = true
    }
  }
}

volume "copy" {
  claim {
    size        = "20Gi"
    access_mode = "ReadWriteOncePod"
    data_source {
      kind = "VolumeSnapshot"
      name = "nightly"
    }
  }
}

volume "old" {
  existing_claim { name = "old" }
}
