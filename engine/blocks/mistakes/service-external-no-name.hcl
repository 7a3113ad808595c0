service "db" {
  type = "ExternalName"
}
