app "web" {
  dns_policy = "None"
  dns_config { searches = ["shop.io"] }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
