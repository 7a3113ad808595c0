app "web" {
  annotations = { "my note" = "x" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
