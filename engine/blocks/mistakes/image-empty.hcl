app "web" {
  container "web" {
    image = ""
    port "http" { container_port = 80 }
  }
}
