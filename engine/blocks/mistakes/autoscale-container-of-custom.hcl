app "web" {
  container "web" { image = "web:1" }
}
autoscale "web" {
  target       = app.web
  max_replicas = 3
  metric "requests" {
    container     = "web"
    average_value = 5
  }
}
