app "web" {
  dns_config { nameservers = ["dns.shop.io"] }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
