service "db" {
  selector = { app = "db" }
}
