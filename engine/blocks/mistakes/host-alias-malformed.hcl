app "web" {
  host_alias "db" { hostnames = ["db.shop.io"] }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
