app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    liveness_probe {
      http_get { port = app.api.ports.web }
    }
  }
}
app "api" {
  container "api" {
    image = "api:1"
    port "web" { container_port = 80 }
  }
}
