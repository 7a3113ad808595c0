app "web" {
  pod_anti_affinity {
    required {
      topology_key = "kubernetes.io/hostname"
      match "tier" { in = ["chache"] }
    }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
app "redis" {
  labels = { tier = "cache" }
  container "redis" { image = "redis:7" }
}
