project "shop" {}

variable "tag" {
  type = string
}
variable "web" {
  type = object({ replicas = number, host = string })
}

environment "dev" {
  context   = "kind-dev"
  namespace = "shop-dev"
  values    = { tag = "main", web = { replicas = 1, host = "dev.shop.io" } }
}
environment "prod" {
  context     = "ack-prod"
  namespace   = "shop"
  protected   = true
  values_file = "prod.values.hcl"
}

secret "db" {
  existing = "shop-db"
  keys     = ["password"]
}
volume "pgdata" {
  claim {
    per_replica = true
    size        = "20Gi"
  }
}

app "db" {
  kind = "StatefulSet"
  container "postgres" {
    image = "postgres:16"
    env   = { POSTGRES_PASSWORD = secret.db.keys.password, PGDATA = "/data/pg" }
    port "sql" { container_port = 5432 }
    mount "/data" { volume = volume.pgdata }
  }
}
app "api" {
  container "api" {
    image = "reg.shop.io/shop/api:${var.tag}"
    env   = { DB_HOST = service.db.host, DB_PASSWORD = secret.db.keys.password }
    port "http" { container_port = 8080 }
  }
}
app "web" {
  replicas = var.web.replicas
  container "web" {
    image = "reg.shop.io/shop/web:${var.tag}"
    env   = { API_URL = service.api.ports.http.url }
    resources { requests = { cpu = "100m" } }
    port "http" { container_port = 3000 }
  }
}

service "db" { app = app.db }
service "api" { app = app.api }
service "web" { app = app.web }

ingress "web" {
  rule {
    host = var.web.host
    path "/api" { backend = service.api.ports.http }
    path "/" { backend = service.web.ports.http }
  }
}
autoscale "web" {
  enabled      = env.name == "prod"
  target       = app.web
  min_replicas = 3
  max_replicas = 20
  metric "cpu" { average_utilization = 65 }
}
