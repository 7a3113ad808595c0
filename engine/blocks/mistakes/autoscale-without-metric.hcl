app "web" {
  container "web" { image = "web:1" }
}
autoscale "web" {
  target       = app.web
  max_replicas = 3
}
