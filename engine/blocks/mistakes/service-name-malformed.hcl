app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

service "web" {
  name = "0web"
  app  = app.web
}
