app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    resources {
      requests = { memory = "1Gi" }
      limits   = { memory = "1000M" }
    }
  }
}
