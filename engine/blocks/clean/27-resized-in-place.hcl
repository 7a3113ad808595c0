app "api" {
  container "api" {
    image = "api:1"
    resize_policy "cpu" { restart_policy = "NotRequired" }
    resize_policy "memory" { restart_policy = "RestartContainer" }
    resources {
      requests = { cpu = "500m", memory = "1Gi" }
      limits   = { cpu = "2", memory = "1Gi" }
    }
  }
}
