#> Service/web-svc metadata.name = "web-svc"
#> Service/inside metadata.name = "inside"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

service "web" { app = app.web }

service "other" {
  name = "inside"
  app  = app.web
}
