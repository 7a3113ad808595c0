app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "web" {
  app                    = app.web
  type                   = "LoadBalancer"
  health_check_node_port = 30002
}
