service "db" {
  type          = "ExternalName"
  external_name = "10.1.2.3"
}
