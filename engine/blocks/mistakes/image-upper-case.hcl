app "web" {
  container "web" {
    image = "Shop/API:1"
    port "http" { container_port = 80 }
  }
}
