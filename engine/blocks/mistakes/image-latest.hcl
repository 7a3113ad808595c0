app "web" {
  container "web" {
    image = "reg.io/shop/web:latest"
    port "http" { container_port = 80 }
  }
}
