app "web" {
  container "web" { image = "web:1" }
}
