app "web" {
  kind = "StatefulSet"
  update_strategy { max_unavailable = "0%" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
