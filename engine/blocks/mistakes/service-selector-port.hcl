service "db" {
  selector = { app = "db" }
  port "pg" { target_port = 5432 }
}
