app "web" {
  lifecycle {
    ignore_changes = [toleration[0].effect, container.web.args[0], container.web.image]
  }
  toleration {
    key      = "dedicated"
    operator = "Exists"
    effect   = "NoSchedule"
  }
  container "web" {
    image = "web:1"
    args  = ["--verbose", "--port=80"]
    port "http" { container_port = 80 }
  }
}
