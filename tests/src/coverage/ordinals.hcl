#> StatefulSet/db spec.ordinals.start = 1

project "coverage" {}

app "db" {
  kind = "StatefulSet"
  ordinals { start = 1 }
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
