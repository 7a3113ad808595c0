app "web" {
  container "web" { image = "web:1.0" }
  lifecycle {
    conflict {
      path   = "spec.replicas"
      policy = "force"
    }
  }
}
