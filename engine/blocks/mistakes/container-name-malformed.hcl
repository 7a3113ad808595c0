app "web" {
  container "Web_1" { image = "web:1" }
}
