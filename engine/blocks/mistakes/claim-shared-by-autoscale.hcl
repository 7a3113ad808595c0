app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    resources {
      requests = { cpu = "100m" }
    }
    mount "/data" { volume = volume.disk }
  }
}
volume "disk" {
  claim { size = "1Gi" }
}
autoscale "web" {
  target       = app.web
  max_replicas = 5
  metric "cpu" { average_utilization = 70 }
}
