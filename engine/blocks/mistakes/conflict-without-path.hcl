app "web" {
  container "web" { image = "web:1.0" }
  lifecycle {
    conflict "image-updater" {
      policy = "force"
    }
  }
}
