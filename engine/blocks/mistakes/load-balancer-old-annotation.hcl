app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

service "web" {
  app         = app.web
  type        = "LoadBalancer"
  annotations = { "service.beta.kubernetes.io/alicloud-loadbalancer-address-type" = "intranet" }
}
