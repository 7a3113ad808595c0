app "web" {
  container "web" {
    image = "nginx:1.27"
    port "http" { container_port = 80 }
    port "admin" { container_port = 8080 }
  }
}
service "web" { app = app.web }
ingress "web" {
  gateway     = "default/public"
  labels      = { tier = "edge" }
  annotations = { "example.com/owner" = "web" }
  rule {
    host = "shop.io"
    path "/" { backend = service.web.ports.http }
    path "/static" { backend = service.web.ports.http }
    path "/admin" {
      backend = service.web.ports.admin
      type    = "Exact"
    }
  }
  rule {
    host = "*.shop.io"
    path "/" { backend = service.web.ports.http }
  }
  rule {
    path "/a%20b" { backend = service.web.ports.http }
  }
}
