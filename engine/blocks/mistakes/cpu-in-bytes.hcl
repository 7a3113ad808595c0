app "web" {
  container "web" {
    image = "web:1"
    resources { requests = { cpu = "100Mi" } }
  }
}
