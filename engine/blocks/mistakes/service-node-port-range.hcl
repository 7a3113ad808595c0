app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

service "web" {
  app  = app.web
  type = "NodePort"
  port "http" {
    port      = 80
    node_port = 8080
  }
}
