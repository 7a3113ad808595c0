app "db" {
  kind         = "StatefulSet"
  service_name = service.db.name
  topology_spread {
    topology_key     = "topology.kubernetes.io/zone"
    match_label_keys = ["role"]
    match "role" { in = ["replica"] }
  }
  container "db" {
    image = "db:1"
    port "sql" { container_port = 5432 }
  }
}
service "db" {
  app  = app.db
  type = "Headless"
}
