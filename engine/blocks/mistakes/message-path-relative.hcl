app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    termination_message_path = "last-words"
  }
}
