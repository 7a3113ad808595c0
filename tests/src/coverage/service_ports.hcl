#> Service/web-svc spec.ports[http] = {"name":"http","nodePort":31929,"port":8080,"protocol":"TCP","targetPort":"http"}
#> Service/web-svc spec.ports[dns].protocol = "UDP"
#> Service/web-svc spec.ports[dns].targetPort = 53
#> Service/web-svc spec.ports[sip].protocol = "SCTP"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    port "dns" {
      container_port = 53
      protocol       = "UDP"
    }
    port "sip" {
      container_port = 5060
      protocol       = "SCTP"
    }
  }
}

service "web" {
  app  = app.web
  type = "NodePort"
  port "http" {
    port        = 8080
    target_port = app.web.ports.http
    node_port   = 31929
  }
  port "dns" {
    port        = 53
    target_port = 53
    protocol    = "UDP"
  }
  port "sip" {}
}
