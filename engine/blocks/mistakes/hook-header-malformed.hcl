app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    post_start {
      http_get {
        port = 80
        http_header "" { value = "1" }
      }
    }
  }
}
