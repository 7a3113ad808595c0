app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    readiness_probe {
      http_get { port = "metrics" }
    }
  }
}
