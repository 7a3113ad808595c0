app "web" {
  replicas = 2
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
app "db" {
  container "db" {
    image = "db:1"
    port "sql" { container_port = 5432 }
  }
}
network_policy "web" {
  app = app.web
  ingress {
    port { port = "htpp" }
    port { port = app.db.ports.sql }
    port { port = 8080 }
    port { port = "a b" }
    port { end_port = 90 }
    port {
      port     = 90
      end_port = 80
    }
    port {
      port     = "http"
      end_port = 80
    }
  }
  egress {
    to { app = app.db }
    port { port = "mysql" }
  }
}
network_policy "open" {
  app          = app.web
  policy_types = ["Ingress"]
  egress {
    to { app = app.db }
  }
}
