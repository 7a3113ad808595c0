app "web" {
  container "web" {
  }
}
