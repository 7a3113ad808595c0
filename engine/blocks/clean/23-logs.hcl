app "nginx" {
  container "nginx" {
    image = "nginx:1.27"
    log "out" { path = "stdout" }
    log "access" {
      path     = "/var/log/nginx/*.log"
      logstore = "web-access"
      tags     = { release = "v1" }
      shards   = 4
      ttl      = 30
    }
    mount "/var/log/nginx" { volume = volume.logs }
  }
}

volume "logs" {
  empty_dir {}
}
