locals {
  # What differs between the nine services that speak gRPC; everything else is said once, below.
  services = {
    ad = {
      listen    = 9555
      delay     = 20
      period    = 15
      resources = { requests = { cpu = "200m", memory = "180Mi" }, limits = { cpu = "300m", memory = "300Mi" } }
    }
    cart = {
      listen    = 7070
      delay     = 15
      resources = { requests = { cpu = "200m", memory = "64Mi" }, limits = { cpu = "300m", memory = "128Mi" } }
    }
    checkout       = { listen = 5050 }
    currency       = { listen = 7000 }
    email          = { listen = 8080, port = 5000, period = 5 }
    payment        = { listen = 50051 }
    productcatalog = { listen = 3550 }
    recommendation = {
      listen    = 8080
      period    = 5
      resources = { requests = { cpu = "100m", memory = "220Mi" }, limits = { cpu = "200m", memory = "450Mi" } }
    }
    shipping = { listen = 50051 }
  }

  # Who needs to know what. Apart from the map above, because addresses come from its services.
  env = {
    cart = { REDIS_ADDR = local.address.redis, LISTEN_ADDR = "0.0.0.0" }
    checkout = {
      PRODUCT_CATALOG_SERVICE_ADDR = local.address.productcatalog
      SHIPPING_SERVICE_ADDR        = local.address.shipping
      PAYMENT_SERVICE_ADDR         = local.address.payment
      EMAIL_SERVICE_ADDR           = local.address.email
      CURRENCY_SERVICE_ADDR        = local.address.currency
      CART_SERVICE_ADDR            = local.address.cart
    }
    email          = { DISABLE_PROFILER = "1" }
    recommendation = { PRODUCT_CATALOG_SERVICE_ADDR = local.address.productcatalog }
  }
}

app "service" {
  for_each = local.services
  name     = "${each.key}service"
  labels   = { app = "${each.key}service" }

  termination_grace_period_seconds = 5

  container "server" {
    image = "${local.images}/${each.key}service:${var.release}"
    env   = merge({ PORT = tostring(each.value.listen) }, lookup(local.env, each.key, {}))
    port "grpc" { container_port = each.value.listen }
    resources {
      requests = try(each.value.resources, local.small).requests
      limits   = try(each.value.resources, local.small).limits
    }
    readiness_probe {
      exec                  = ["/bin/grpc_health_probe", "-addr=:${each.value.listen}"]
      initial_delay_seconds = try(each.value.delay, 0)
      period_seconds        = try(each.value.period, 10)
    }
    liveness_probe {
      exec                  = ["/bin/grpc_health_probe", "-addr=:${each.value.listen}"]
      initial_delay_seconds = try(each.value.delay, 0)
      period_seconds        = try(each.value.period, 10)
    }
  }
}

service "service" {
  for_each = local.services
  name     = "${each.key}service"
  app      = app.service[each.key]
  port "grpc" { port = try(each.value.port, each.value.listen) }
}
