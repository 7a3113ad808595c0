app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    env = { aliyun_logs_out = "x" }
    log "out" { path = "stdout" }
  }
}
