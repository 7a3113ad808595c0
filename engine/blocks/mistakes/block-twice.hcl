app "web" {
  update_strategy { max_surge = 1 }
  update_strategy { max_surge = 2 }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
