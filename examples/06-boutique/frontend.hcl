app "frontend" {
  labels          = { app = "frontend" }
  pod_annotations = { "sidecar.istio.io/rewriteAppHTTPProbers" = "true" }

  container "server" {
    image = "${local.images}/frontend:${var.release}"
    env = {
      PORT                         = "8080"
      AD_SERVICE_ADDR              = local.address.ad
      CART_SERVICE_ADDR            = local.address.cart
      CHECKOUT_SERVICE_ADDR        = local.address.checkout
      CURRENCY_SERVICE_ADDR        = local.address.currency
      PRODUCT_CATALOG_SERVICE_ADDR = local.address.productcatalog
      RECOMMENDATION_SERVICE_ADDR  = local.address.recommendation
      SHIPPING_SERVICE_ADDR        = local.address.shipping
      ENV_PLATFORM                 = "gcp"
    }
    port "http" { container_port = 8080 }
    resources {
      requests = local.small.requests
      limits   = local.small.limits
    }
    readiness_probe {
      http_get {
        path = "/_healthz"
        port = "http"
        http_header "Cookie" { value = "shop_session-id=x-readiness-probe" }
      }
      initial_delay_seconds = 10
    }
    liveness_probe {
      http_get {
        path = "/_healthz"
        port = "http"
        http_header "Cookie" { value = "shop_session-id=x-liveness-probe" }
      }
      initial_delay_seconds = 10
    }
  }
}

service "frontend" {
  name = "frontend"
  app  = app.frontend
  port "http" { port = 80 }
}

service "frontend_external" {
  name = "frontend-external"
  app  = app.frontend
  type = "LoadBalancer"
  port "http" { port = 80 }
}

app "loadgenerator" {
  labels          = { app = "loadgenerator" }
  pod_annotations = { "sidecar.istio.io/rewriteAppHTTPProbers" = "true" }

  termination_grace_period_seconds = 5

  container "main" {
    image = "${local.images}/loadgenerator:${var.release}"
    env   = { FRONTEND_ADDR = "${service.frontend.host}:80", USERS = "10" }
    resources {
      requests = { cpu = "300m", memory = "256Mi" }
      limits   = { cpu = "500m", memory = "512Mi" }
    }
  }
}
