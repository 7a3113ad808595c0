app "web" {
  node_affinity {
    required {
      match "disk" { in = [] }
    }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
