app "store" {
  kind = "StatefulSet"
  container "store" {
    image = "store:1"
    device "/dev/xvda" { volume = volume.raw }
  }
}

volume "raw" {
  claim {
    per_replica = true
    size        = "100Gi"
    volume_mode = "Block"
  }
}
