app "web" {
  replicas = 3
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.disk }
  }
}
volume "disk" {
  claim { size = "1Gi" }
}
