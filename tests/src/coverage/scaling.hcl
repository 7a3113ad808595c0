#> StatefulSet/db spec.replicas = 3
#> StatefulSet/db spec.podManagementPolicy = "OrderedReady"

project "coverage" {}

app "db" {
  kind                  = "StatefulSet"
  replicas              = 3
  pod_management_policy = "OrderedReady"
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
