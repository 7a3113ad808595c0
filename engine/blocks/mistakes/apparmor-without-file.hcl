app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    security_context {
      app_armor_profile { type = "Localhost" }
    }
  }
}
