app "web" {
  update_strategy {
    max_surge       = 0
    max_unavailable = 0
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
