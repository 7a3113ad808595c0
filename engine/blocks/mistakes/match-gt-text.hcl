app "web" {
  node_affinity {
    required {
      match "cpus" { gt = "many" }
    }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
