app "web" {
  container "web" { image = "web:1.0" }
  lifecycle {
    drift = "keep"
  }
}
