app "web" {
  replicas = 2
  labels   = { team = "web" }
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [replicas, labels["team"], container.web.image, container["web"].env, container.web.resources.requests]
  }
  container "web" {
    image = "web:1"
    env   = { MODE = "fast" }
    port "http" { container_port = 80 }
  }
}
config "site" {
  data = { color = "blue" }
  lifecycle { ignore_changes = all }
}
