app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    resize_policy "nvidia.com/gpu" { restart_policy = "NotRequired" }
  }
}
