app "web" {
  node_selector = { disk = "very fast" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
