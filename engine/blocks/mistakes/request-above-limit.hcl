app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    resources {
      requests = { cpu = "1" }
      limits   = { cpu = "500m" }
    }
  }
}
