app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    liveness_probe {
      exec = ["true"]
      tcp_socket { port = 80 }
    }
  }
}
