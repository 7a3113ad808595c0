app "web" {
  security_context {
    sysctls = { "vm.swappiness" = 10 }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
