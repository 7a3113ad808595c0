app "web" {
  replicas = 3
  labels   = { tier = "front" }
  container "web" {
    image = "web:1.4"
    port "http" { container_port = 8080 }
    resources {
      requests = { cpu = "100m", memory = "128Mi" }
      limits   = { memory = "256Mi" }
    }
    readiness_probe {
      http_get {
        path = "/ready"
        port = "http"
      }
    }
  }
}

service "web" { app = app.web }
