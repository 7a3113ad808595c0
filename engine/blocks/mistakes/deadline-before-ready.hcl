app "web" {
  min_ready_seconds         = 60
  progress_deadline_seconds = 60
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
