app "web" {
  container {
    image = "web:1"
  }
}
