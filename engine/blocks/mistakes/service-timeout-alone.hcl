app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "web" {
  app                              = app.web
  session_affinity_timeout_seconds = 60
}
