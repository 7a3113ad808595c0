app "web" {
  dns_config { searches = ["Shop Domain"] }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
