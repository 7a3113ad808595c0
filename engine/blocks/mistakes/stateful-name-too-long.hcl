app "web" {
  kind = "StatefulSet"
  name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  container "web" { image = "web:1" }
}
