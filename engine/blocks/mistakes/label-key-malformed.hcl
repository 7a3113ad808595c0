app "web" {
  labels = { "team/a/b" = "x" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
