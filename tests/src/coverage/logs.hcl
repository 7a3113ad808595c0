#> Deployment/web spec.template.spec.containers[web].env[aliyun_logs_out].value = "stdout"
#> Deployment/web spec.template.spec.containers[web].env[aliyun_logs_access].value = "/var/log/nginx/*.log"
#> Deployment/web spec.template.spec.containers[web].env[aliyun_logs_access_logstore].value = "web-access"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    log "out" { path = "stdout" }
    log "access" {
      path     = "/var/log/nginx/*.log"
      logstore = "web-access"
    }
    mount "/var/log/nginx" { volume = volume.logs }
  }
}

volume "logs" {
  empty_dir {}
}
