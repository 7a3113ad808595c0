app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    startup_probe {
      exec              = ["true"]
      success_threshold = 3
    }
  }
}
