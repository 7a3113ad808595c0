service "db" {
  port "pg" { port = 5432 }
}
