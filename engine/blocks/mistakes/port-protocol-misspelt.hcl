app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    port "dns" {
      container_port = 53
      protocol       = "udp"
    }
  }
}
