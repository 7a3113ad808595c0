app "web" {
  container "web" { image = "web:1.0" }
  lifecycle {
    conflict "image-updater" {
      path   = "spec.replica"
      policy = "force"
    }
  }
}
