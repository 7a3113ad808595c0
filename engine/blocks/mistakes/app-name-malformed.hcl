app "Web" {
  container "web" { image = "web:1" }
}
