app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "web" { app = app.web }
ingress "web" {
  class       = "nginx"
  annotations = { "kubernetes.io/ingress.class" = "traefik" }
  rule {
    path "/" { backend = service.web.ports.http }
  }
}
