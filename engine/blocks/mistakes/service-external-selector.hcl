service "db" {
  type          = "ExternalName"
  external_name = "db.example.com"
  selector      = { app = "db" }
}
