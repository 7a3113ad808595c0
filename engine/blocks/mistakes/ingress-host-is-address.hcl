app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

service "web" { app = app.web }

ingress "web" {
  rule {
    host = "10.0.0.1"
    path "/" { backend = service.web.ports.http }
  }
}
