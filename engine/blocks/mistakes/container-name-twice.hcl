app "web" {
  init_container "web" { image = "init:1" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
