service "db" {
  type          = "ExternalName"
  external_name = "db.example.com"
}
ingress "web" {
  rule {
    path "/" { backend = service.db.ports.http }
  }
}
