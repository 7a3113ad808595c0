app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.disk }
  }
}
volume "disk" {
  claim {
    size        = "1Gi"
    access_mode = "ReadWriteOncePod"
  }
}
