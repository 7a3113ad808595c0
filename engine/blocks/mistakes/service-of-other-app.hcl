app "web" {
  kind         = "StatefulSet"
  service_name = service.api.name
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
app "api" {
  container "api" {
    image = "api:1"
    port "http" { container_port = 80 }
  }
}
service "api" {
  app  = app.api
  type = "Headless"
}
