app "web" {
  dns_config { nameservers = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"] }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
