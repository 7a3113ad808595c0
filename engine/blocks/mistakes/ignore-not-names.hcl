app "web" {
  replicas = 2
  lifecycle {
    ignore_changes = ["replicas", all, lower("image"), container[var.name].image]
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "web" {
  app = app.web
  lifecycle {
    ignore_changes = "all"
  }
}
