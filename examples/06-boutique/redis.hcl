volume "redis_data" {
  empty_dir {}
}

app "redis_cart" {
  labels = { app = "redis-cart" }
  container "redis" {
    image = "redis:7-alpine"
    port "redis" { container_port = 6379 }
    resources {
      requests = { cpu = "70m", memory = "200Mi" }
      limits   = { cpu = "125m", memory = "256Mi" }
    }
    readiness_probe {
      tcp_socket { port = "redis" }
      initial_delay_seconds = 0
      period_seconds        = 5
    }
    liveness_probe {
      tcp_socket { port = "redis" }
      initial_delay_seconds = 0
      period_seconds        = 5
    }
    mount "/data" { volume = volume.redis_data }
  }
}

service "redis_cart" {
  name = "redis-cart"
  app  = app.redis_cart
}
