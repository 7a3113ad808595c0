app "web" {
  update_strategy { type = "OnDelete" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
