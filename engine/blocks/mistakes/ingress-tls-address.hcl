app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "web" { app = app.web }
ingress "web" {
  rule {
    path "/" { backend = service.web.ports.http }
  }
  tls { hosts = ["192.0.2.7"] }
}
