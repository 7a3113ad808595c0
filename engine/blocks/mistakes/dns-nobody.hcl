app "web" {
  dns_policy = "None"
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
