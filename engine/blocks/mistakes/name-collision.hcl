app "web" {
  container "web" { image = "web:1" }
}
app "api" {
  name = "web"
  container "web" { image = "web:1" }
}
