app "web" {
  node_affinity {
    required {
      match "disk" { in = ["ssd"] }
      match "disk" { not_in = ["ssd", "nvme"] }
    }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
