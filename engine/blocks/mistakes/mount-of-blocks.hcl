app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.raw }
  }
}
volume "raw" {
  claim {
    size        = "1Gi"
    volume_mode = "Block"
  }
}
