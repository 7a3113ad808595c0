#> StatefulSet/db spec.persistentVolumeClaimRetentionPolicy = {"whenDeleted":"Retain","whenScaled":"Delete"}

project "coverage" {}

app "db" {
  kind = "StatefulSet"
  claim_retention {
    when_deleted = "Retain"
    when_scaled  = "Delete"
  }
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
