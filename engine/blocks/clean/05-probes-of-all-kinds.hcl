app "api" {
  container "api" {
    image = "api:1"
    port "http" { container_port = 80 }
    port "grpc" { container_port = 9000 }
    startup_probe {
      grpc {
        port    = 9000
        service = "health"
      }
      failure_threshold = 30
    }
    liveness_probe {
      tcp_socket { port = "http" }
      period_seconds                   = 20
      timeout_seconds                  = 5
      termination_grace_period_seconds = 5
    }
    readiness_probe {
      http_get {
        scheme = "HTTPS"
        path   = "/ready"
        port   = app.api.ports.http
        http_header "X-Probe" { value = "1" }
      }
      success_threshold = 2
    }
  }
}
