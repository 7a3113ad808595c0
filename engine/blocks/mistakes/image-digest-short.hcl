app "web" {
  container "web" {
    image = "web@sha256:12"
    port "http" { container_port = 80 }
  }
}
