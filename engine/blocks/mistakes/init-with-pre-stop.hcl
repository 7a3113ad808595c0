app "web" {
  init_container "prep" {
    image = "prep:1"
    pre_stop { exec = ["true"] }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
