app "web" {
  node_affinity {
    required {
      match "my disk" { exists = true }
    }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
