app "web" {
  name     = "shop-web"
  selector = { run = "web" }
  lifecycle {
    ignore_changes = [name, kind, selector, labels["plimsoll.dev/app"], container.web.port.http.container_port]
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "web" {
  app = app.web
  lifecycle {
    ignore_changes = [app, type, port.http.port, annotations]
  }
  port "http" { port = 80 }
}
