app "web" {
  replicas = 2
  lifecycle {
    ignore_changes = [replicas, timeouts.create]
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    resources {
      requests = { cpu = "100m" }
    }
  }
}
autoscale "web" {
  target       = app.web
  max_replicas = 4
  metric "cpu" { average_utilization = 80 }
}
