app "db" {
  kind         = "StatefulSet"
  replicas     = 3
  service_name = service.db.name
  container "db" {
    image = "db:1"
    port "sql" { container_port = 5432 }
    mount "/var/lib/db" { volume = volume.data }
    mount "/var/lib/db/" { volume = volume.scratch }
  }
}
service "db" {
  app  = app.db
  type = "Headless"
}
volume "data" {
  claim {
    size        = "1Gi"
    per_replica = true
  }
}
volume "scratch" {
  empty_dir {}
}
