app "web" {
  replicas = 2
  lifecycle {
    ignore_changes = [replcas, container.wbe.image, container.web.imgae, container.image, labels.team, flavour]
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
