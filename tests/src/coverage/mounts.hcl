#> Deployment/web spec.template.spec.containers[web].volumeMounts[0] = {"mountPath":"/data","name":"data","subPath":"web"}
#> Deployment/web spec.template.spec.containers[web].volumeMounts[1].readOnly = true

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    mount "/data" {
      volume   = volume.data
      sub_path = "web"
    }
    mount "/read" {
      volume    = volume.data
      read_only = true
    }
  }
}

volume "data" {
  empty_dir {}
}
