#> Service/web-svc spec.ports[http].port = 80
#> Ingress/web spec.rules[0].http.paths[0].backend.service.name = "web-svc"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

service "web" { app = app.web }

ingress "web" {
  class = "nginx"
  rule {
    host = "${env.namespace}.shop.io"
    path "/" { backend = service.web.ports.http }
  }
}
