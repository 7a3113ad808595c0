app "web" {
  node_affinity {
    required {
      match "disk" { in = ["very fast"] }
    }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
