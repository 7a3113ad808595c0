app "web" {
  kind = "DaemonSet"
  update_strategy {
    max_surge       = 1
    max_unavailable = 1
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
