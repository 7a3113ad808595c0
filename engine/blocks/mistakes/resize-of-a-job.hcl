job "run" {
  container "run" {
    image = "run:1"
    resize_policy "cpu" { restart_policy = "RestartContainer" }
  }
}
