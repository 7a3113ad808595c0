app "web" {
  container "web" { image = "web:1" }
}
autoscale "web" {
  target       = app.web
  max_replicas = 3
  metric "cpu" {
    selector      = { a = "b" }
    average_value = "500m"
  }
}
