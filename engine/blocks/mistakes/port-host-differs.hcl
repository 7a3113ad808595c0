app "web" {
  host_network = true
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    port "a" {
      container_port = 81
      host_port      = 8080
    }
  }
}
