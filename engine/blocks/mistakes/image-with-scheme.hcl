app "web" {
  container "web" {
    image = "https://reg.io/shop/api:1"
    port "http" { container_port = 80 }
  }
}
