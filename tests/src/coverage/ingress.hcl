#> Ingress/web spec.ingressClassName = "nginx"
#> Ingress/web spec.rules[0].host = "$NAMESPACE.shop.io"
#> Ingress/web spec.rules[0].http.paths[0] = {"backend":{"service":{"name":"api-svc","port":{"number":80}}},"path":"/api","pathType":"Exact"}
#> Ingress/web spec.rules[0].http.paths[1] = {"backend":{"service":{"name":"web-svc","port":{"number":80}}},"path":"/","pathType":"Prefix"}
#> Ingress/web spec.tls = [{"hosts":["$NAMESPACE.shop.io"],"secretName":"tls"}]
#> Ingress/web metadata.annotations["nginx.ingress.kubernetes.io/proxy-body-size"] = "8m"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

service "web" { app = app.web }
service "api" { app = app.web }
secret "tls" { existing = "tls" }

ingress "web" {
  class       = "nginx"
  annotations = { "nginx.ingress.kubernetes.io/proxy-body-size" = "8m" }
  rule {
    host = "${env.namespace}.shop.io"
    path "/api" {
      backend = service.api.ports.http
      type    = "Exact"
    }
    path "/" { backend = service.web.ports.http }
  }
  tls {
    hosts  = ["${env.namespace}.shop.io"]
    secret = secret.tls
  }
}
