#> StatefulSet/db spec.replicas = 2
#> Service/db-headless kind = "Service"

project "coverage" {}

app "db" {
  kind     = "StatefulSet"
  replicas = 2
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
