app "web" {
  host_pid                = true
  share_process_namespace = true
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
