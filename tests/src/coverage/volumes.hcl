#> Deployment/web spec.template.spec.volumes[node].hostPath = {"path":"/var/lib/app","type":"DirectoryOrCreate"}
#> Deployment/web spec.template.spec.volumes[conf].configMap.name = "site"
#> Deployment/web spec.template.spec.volumes[conf].configMap.items = [{"key":"site.conf","path":"default.conf"}]
#> Deployment/web spec.template.spec.volumes[tls].secret.secretName = "tls"
#> Deployment/web spec.template.spec.volumes[scratch].emptyDir.sizeLimit = "1Gi"
#> Deployment/web spec.template.spec.volumes[memory].emptyDir.medium = "Memory"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    mount "/node" { volume = volume.node }
    mount "/conf" { volume = volume.conf }
    mount "/tls" { volume = volume.tls }
    mount "/scratch" { volume = volume.scratch }
    mount "/memory" { volume = volume.memory }
  }
}

volume "node" {
  host_path {
    path = "/var/lib/app"
    type = "DirectoryOrCreate"
  }
}

volume "conf" {
  config {
    from  = config.site
    items = { "site.conf" = "default.conf" }
  }
}

volume "tls" {
  secret { from = secret.tls }
}

volume "scratch" {
  empty_dir { size_limit = "1Gi" }
}

volume "memory" {
  empty_dir { medium = "Memory" }
}

config "site" { data = { "site.conf" = "server {}" } }
secret "tls" { data = { token = "open" } }
