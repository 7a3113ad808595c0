app "web" {
  security_context {
    sysctls = { "net.core.somaxconn" = 10 }
  }
  host_network = true
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
