app "web" {
  kind = "Deployment"
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    port "metrics" {
      container_port = 9090
      protocol       = "TCP"
    }
    resources { requests = { cpu = "100m", memory = "64Mi" } }
  }


  empty {}
  unquoted name {
    a = 1
  }
}
