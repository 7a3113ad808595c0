#> Service/public-svc metadata.annotations["service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type"] = "internet"
#> Service/inner-svc metadata.annotations["service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type"] = "intranet"
#> Service/inner-svc metadata.annotations["service.beta.kubernetes.io/alibaba-cloud-loadbalancer-spec"] = "slb.s1.small"
#> Service/inner-svc metadata.annotations["service.beta.kubernetes.io/alibaba-cloud-loadbalancer-bandwidth"] = "10"
#> Service/inner-svc metadata.annotations["service.beta.kubernetes.io/alibaba-cloud-loadbalancer-protocol-port"] = "http:80"
#> Service/inner-svc metadata.annotations["service.beta.kubernetes.io/alibaba-cloud-loadbalancer-name"] = "inner"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

service "public" {
  app  = app.web
  type = "LoadBalancer"
  alibaba { address_type = "internet" }
}

service "inner" {
  app  = app.web
  type = "LoadBalancer"
  alibaba {
    address_type  = "intranet"
    spec          = "slb.s1.small"
    bandwidth     = 10
    protocol_port = "http:80"
  }
  annotations = { "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-name" = "inner" }
}
