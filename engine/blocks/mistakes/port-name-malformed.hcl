app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    port "Web_Port" { container_port = 81 }
  }
}
