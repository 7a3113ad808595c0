app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "db" {
  type                    = "ExternalName"
  external_name           = "db.example.com"
  app                     = app.web
  ip_family_policy        = "SingleStack"
  internal_traffic_policy = "Local"
}
