app "web" {
  liveness_probe {
    exec = ["true"]
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
