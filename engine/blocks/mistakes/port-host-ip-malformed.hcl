app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    port "a" {
      container_port = 81
      host_port      = 81
      host_ip        = "node"
    }
  }
}
