#> StatefulSet/db spec.volumeClaimTemplates[disk].spec.resources.requests.storage = "1Gi"
#> StatefulSet/db spec.template.spec.containers[db].volumeMounts[0] = {"mountPath":"/data","name":"disk"}

project "coverage" {}

app "db" {
  kind = "StatefulSet"
  container "db" {
    image = "db:1"
    mount "/data" { volume = volume.disk }
  }
}

volume "disk" {
  claim {
    per_replica = true
    size        = "1Gi"
  }
}
