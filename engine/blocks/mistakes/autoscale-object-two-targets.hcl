app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "web" { app = app.web }
autoscale "web" {
  target       = app.web
  max_replicas = 3
  object_metric "requests" {
    describes     = service.web
    value         = 100
    average_value = 10
  }
}
