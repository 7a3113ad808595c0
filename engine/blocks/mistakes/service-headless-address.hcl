app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "web" {
  app         = app.web
  type        = "Headless"
  cluster_ips = ["10.96.0.9"]
}
