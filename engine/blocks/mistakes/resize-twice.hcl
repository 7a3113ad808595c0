app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    resize_policy "cpu" { restart_policy = "NotRequired" }
    resize_policy "cpu" { restart_policy = "RestartContainer" }
  }
}
