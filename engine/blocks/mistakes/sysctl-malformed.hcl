app "web" {
  security_context {
    sysctls = { "Net.Core" = 10 }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
