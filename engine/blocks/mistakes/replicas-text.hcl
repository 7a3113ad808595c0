app "web" {
  replicas = "two"
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
