app "web" {
  update_strategy { partition = 1 }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
