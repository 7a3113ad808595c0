app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "db" {
  type          = "ExternalName"
  external_name = "db.example.com"
}
service "redis" {
  selector = { "app.kubernetes.io/name" = "redis" }
  port "redis" { port = 6379 }
}
service "web" {
  app                  = app.web
  ip_families          = ["IPv6", "IPv4"]
  ip_family_policy     = "PreferDualStack"
  external_ips         = ["192.0.2.7"]
  traffic_distribution = "PreferSameZone"
}
