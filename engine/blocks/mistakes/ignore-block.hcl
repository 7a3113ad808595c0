app "web" {
  lifecycle {
    ignore_changes = [container.web.resources, container.web, container, toleration, toleration[2].key, replicas.first]
  }
  toleration {
    key      = "dedicated"
    operator = "Exists"
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
