app "web" {
  update_strategy {
    type      = "Recreate"
    max_surge = 1
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
