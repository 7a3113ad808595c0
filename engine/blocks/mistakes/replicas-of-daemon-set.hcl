app "web" {
  kind     = "DaemonSet"
  replicas = 2
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
