app "web" {
  container "web" {
    image = "web"
    port "http" { container_port = 80 }
  }
}
