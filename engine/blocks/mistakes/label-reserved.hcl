app "web" {
  labels = { "plimsoll.dev/app" = "x" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
