app "web" {
  toleration {
    key      = "a"
    operator = "Exists"
    value    = "b"
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
