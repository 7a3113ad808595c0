project "boutique" {}

variable "release" {
  type    = string
  default = "v0.2.0"
}

locals {
  images = "gcr.io/google-samples/microservices-demo"
  small  = { requests = { cpu = "100m", memory = "64Mi" }, limits = { cpu = "200m", memory = "128Mi" } }

  # The address of each service, as the programs want it: host:port.
  address = merge(
    { for name, s in service.service : name => "${s.host}:${s.ports.grpc.port}" },
    { redis = "${service.redis_cart.host}:6379" },
  )
}
