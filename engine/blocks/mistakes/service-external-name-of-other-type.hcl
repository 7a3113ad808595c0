app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "db" {
  app           = app.web
  external_name = "db.example.com"
}
