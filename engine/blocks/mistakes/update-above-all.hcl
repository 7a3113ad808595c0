app "web" {
  update_strategy { max_unavailable = "120%" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
