app "web" {
  labels = { team = "web & api" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
