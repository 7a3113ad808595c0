app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    resources {
      requests = { cpu = "100mb", memory = "64mb" }
      limits   = { cpu = "2 cores" }
    }
  }
}
