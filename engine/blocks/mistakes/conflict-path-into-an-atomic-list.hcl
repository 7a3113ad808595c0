app "web" {
  container "web" { image = "web:1.0" }
  lifecycle {
    conflict "image-updater" {
      path   = "spec.template.spec.containers[name=web].args[0]"
      policy = "force"
    }
  }
}
