#> StatefulSet/db spec.volumeClaimTemplates[disk].spec.accessModes = ["ReadWriteOnce"]
#> StatefulSet/db spec.volumeClaimTemplates[disk].spec.storageClassName = "alicloud-disk-ssd"
#> StatefulSet/db spec.volumeClaimTemplates[disk].spec.resources.requests.storage = "20Gi"
#> PersistentVolumeClaim/shared spec.resources.requests.storage = "1Gi"
#> StatefulSet/db spec.template.spec.volumes[shared].persistentVolumeClaim.claimName = "shared"
#> StatefulSet/db spec.template.spec.volumes[before].persistentVolumeClaim.claimName = "before"

project "coverage" {}

app "db" {
  kind     = "StatefulSet"
  replicas = 0 # nobody makes the claim that is said to exist
  container "db" {
    image = "db:1"
    mount "/disk" { volume = volume.disk }
    mount "/shared" { volume = volume.shared }
    mount "/before" { volume = volume.before }
  }
}

volume "disk" {
  claim {
    per_replica   = true
    storage_class = "alicloud-disk-ssd"
    size          = "20Gi"
  }
}

volume "shared" {
  claim { size = "1Gi" }
}

volume "before" {
  existing_claim { name = "before" }
}
