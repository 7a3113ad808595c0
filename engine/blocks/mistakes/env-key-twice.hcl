app "web" {
  container "web" {
    image = "web:1"
    env   = { A = 1, A = 2 }
  }
}
