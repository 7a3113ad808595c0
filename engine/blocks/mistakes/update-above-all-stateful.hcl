app "db" {
  kind         = "StatefulSet"
  replicas     = 3
  service_name = service.db.name
  update_strategy { max_unavailable = "120%" }
  container "db" {
    image = "db:1"
    port "sql" { container_port = 5432 }
  }
}
service "db" {
  app  = app.db
  type = "Headless"
}
