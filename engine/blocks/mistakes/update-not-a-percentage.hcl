app "web" {
  update_strategy { max_surge = "a quarter" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
