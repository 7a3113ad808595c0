app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

autoscale "web" {
  target       = app.web
  max_replicas = 3
  metric "cpu" { average_utilization = 70 }
}
