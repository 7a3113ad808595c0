app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    resources {
      limits = { memory = "64Mi" }
    }
    mount "/cache" { volume = volume.cache }
  }
}
volume "cache" {
  empty_dir {
    medium     = "Memory"
    size_limit = "1Gi"
  }
}
