app "web" {
  os                      = "windows"
  share_process_namespace = true
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    security_context { privileged = true }
  }
}
