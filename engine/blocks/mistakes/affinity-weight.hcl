app "web" {
  node_affinity {
    preferred {
      weight = 101
      match "disk" { exists = true }
    }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
