app "sorter" {
  replicas = 5
  container "sorter" {
    image = "sorter:1"
    mount "/scratch" { volume = volume.scratch }
  }
}

volume "scratch" {
  ephemeral {
    size          = "50Gi"
    storage_class = "fast"
  }
}
