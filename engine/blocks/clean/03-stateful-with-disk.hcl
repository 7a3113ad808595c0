app "db" {
  kind     = "StatefulSet"
  replicas = 3
  claim_retention {
    when_deleted = "Retain"
    when_scaled  = "Delete"
  }
  container "postgres" {
    image = "postgres:16"
    env   = { PGDATA = "/data/pg", POSTGRES_PASSWORD = secret.db.keys.password }
    port "sql" { container_port = 5432 }
    mount "/data" { volume = volume.data }
    liveness_probe { exec = ["pg_isready"] }
  }
}

volume "data" {
  claim {
    per_replica   = true
    size          = "20Gi"
    storage_class = "fast"
  }
}

secret "db" {
  existing = "db"
  keys     = ["password"]
}
