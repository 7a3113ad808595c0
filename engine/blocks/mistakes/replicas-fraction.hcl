app "web" {
  replicas = 1.5
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
