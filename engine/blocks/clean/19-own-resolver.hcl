app "web" {
  hostname   = "front"
  subdomain  = "web"
  dns_policy = "None"
  dns_config {
    nameservers = ["10.9.8.7", "fd00::7"]
    searches    = ["shop.io", "_tcp.shop.io."]
    options     = { ndots = 2, edns0 = "" }
  }
  host_alias "10.0.0.9" { hostnames = ["db.shop.io", "db"] }
  container "web" { image = "web:1" }
}
