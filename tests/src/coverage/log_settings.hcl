#> Deployment/web spec.template.spec.containers[web].env[aliyun_logs_out_tags].value = "release=v1,tier=web"
#> Deployment/web spec.template.spec.containers[web].env[aliyun_logs_out_project].value = "shop"
#> Deployment/web spec.template.spec.containers[web].env[aliyun_logs_out_machinegroup].value = "web"
#> Deployment/web spec.template.spec.containers[web].env[aliyun_logs_out_shard].value = "4"
#> Deployment/web spec.template.spec.containers[web].env[aliyun_logs_out_ttl].value = "30"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    log "out" {
      path          = "stdout"
      tags          = { release = "v1", tier = "web" }
      project       = "shop"
      shards        = 4
      ttl           = 30
      machine_group = "web"
    }
  }
}
