app "web" {
  node_affinity {}
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
