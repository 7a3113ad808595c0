app "web" {
  container "web" { image = "web:1.0" }
  lifecycle {
    conflict "image-updater" {
      path   = "spec.template.spec.containers[web].image"
      policy = "force"
    }
  }
}
