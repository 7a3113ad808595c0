app "web" {
  container "web" {
    image = "nginx:1.27"
    port "http" { container_port = 80 }
  }
}
service "web" { app = app.web }
secret "cert" {
  type = "kubernetes.io/tls"
  existing = "cert"
}

ingress "old" {
  class           = "nginx"
  gateway         = "Infra/public"
  default_backend = service.web.ports.http
  rule {
    host = "foo.com"
    path "/a" {
      backend = service.web.ports.http
      type    = "ImplementationSpecific"
    }
    path "/b c" { backend = service.web.ports.http }
    path "/b%2x" { backend = service.web.ports.http }
    path "/ä#" { backend = service.web.ports.http }
    path "x//y" { backend = service.web.ports.http }
  }
  tls {
    hosts  = ["foo.com"]
    secret = secret.cert
  }
}

ingress "twice" {
  gateway = "infra/public"
  rule {
    host = "10.0.0.1"
    path "/" { backend = service.web.ports.nothing }
  }
  rule {
    host = "bar.com"
    path "/" { backend = service.web.ports.http }
  }
}
ingress "again" {
  gateway = "infra/public"
  rule {
    host = "bar.com"
    path "/" { backend = service.web.ports.http }
  }
}
