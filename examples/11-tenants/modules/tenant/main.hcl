locals {
  labels = { tenant = var.tenant }
}

config "web" {
  labels = local.labels
  data = merge(
    { TENANT = var.tenant, DATABASE_HOST = service.db.host },
    { for feature in var.features : "FEATURE_${upper(feature)}" => "on" },
  )
}

app "web" {
  replicas = var.replicas
  labels   = merge(local.labels, { tier = "web" })
  container "web" {
    image    = "registry.example.com/saas/web:3.1.0"
    env_from = [config.web]
    port "http" { container_port = 8080 }
    resources {
      requests = { cpu = "100m", memory = "128Mi" }
      limits   = { memory = "256Mi" }
    }
  }
}

service "web" { app = app.web }

ingress "web" {
  labels = local.labels
  rule {
    host = "${var.tenant}.saas.example.com"
    path "/" { backend = service.web.ports.http }
  }
}

autoscale "web" {
  target       = app.web
  min_replicas = var.replicas
  max_replicas = var.max_replicas
  metric "cpu" { average_utilization = 70 }
}

volume "db" {
  claim {
    per_replica = true
    size        = var.disk
  }
}

app "db" {
  kind   = "StatefulSet"
  labels = merge(local.labels, { tier = "db" })
  container "postgres" {
    image = "postgres:16"
    env   = { PGDATA = "/data/pg", POSTGRES_HOST_AUTH_METHOD = "trust" }
    port "sql" { container_port = 5432 }
    resources { requests = { cpu = "100m", memory = "256Mi" } }
    mount "/data" { volume = volume.db }
  }
}

service "db" { app = app.db }

# Tenants do not reach each other's databases.
network_policy "db" {
  app = app.db
  ingress {
    from { app = app.web }
    port { port = app.db.ports.sql }
  }
}
