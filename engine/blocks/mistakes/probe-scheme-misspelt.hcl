app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    liveness_probe {
      http_get {
        port   = 80
        scheme = "https"
      }
    }
  }
}
