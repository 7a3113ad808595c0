app "web" {
  container "api" {
    image = "api:1"
    port "http" { container_port = 81 }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
