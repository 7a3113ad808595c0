app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.data }
  }
}
volume "data" {
  claim {
    size        = "1Gi"
    access_mode = "ReadOnlyMany"
  }
}
