app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

autoscale "web" {
  target       = app.web
  min_replicas = 5
  max_replicas = 3
  metric "rps" { average_value = 5 }
}
