app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "web" {
  app              = app.web
  ip_families      = ["IPv4", "IPv4"]
  ip_family_policy = "PreferDualStack"
}
