#> Service/inside-svc spec.type = "ClusterIP"
#> Service/node-svc spec.type = "NodePort"
#> Service/public-svc spec.type = "LoadBalancer"
#> Service/direct-svc spec.clusterIP = "None"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

service "inside" {
  app  = app.web
  type = "ClusterIP"
}

service "node" {
  app  = app.web
  type = "NodePort"
}

service "public" {
  app  = app.web
  type = "LoadBalancer"
}

service "direct" {
  app  = app.web
  type = "Headless"
}
