app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

service "web" {
  app = app.web
  port "dns" {
    port        = 53
    target_port = 80
    protocol    = "UDP"
  }
}
