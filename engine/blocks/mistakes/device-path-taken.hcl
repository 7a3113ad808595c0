app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    device "/dev/a" { volume = volume.raw }
    mount "/dev/a" { volume = volume.data }
  }
}
volume "raw" {
  claim {
    size        = "1Gi"
    volume_mode = "Block"
  }
}
volume "data" {
  empty_dir {}
}
