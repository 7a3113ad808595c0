app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    resources {
      limits = { "requests.nvidia.com/gpu" = 1 }
    }
  }
}
