app "web" {
  init_container "prep" {
    image = "prep:1"
    resize_policy "cpu" { restart_policy = "NotRequired" }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
