app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    pre_stop {
      http_get { port = "admin" }
    }
  }
}
