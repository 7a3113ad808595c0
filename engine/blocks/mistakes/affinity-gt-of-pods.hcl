app "web" {
  pod_anti_affinity {
    required {
      topology_key = "kubernetes.io/hostname"
      match "size" { gt = 3 }
    }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
