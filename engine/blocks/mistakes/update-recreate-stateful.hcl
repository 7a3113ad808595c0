app "web" {
  kind = "StatefulSet"
  update_strategy { type = "Recreate" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
