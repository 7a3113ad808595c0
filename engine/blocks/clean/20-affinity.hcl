app "web" {
  labels = { tier = "front" }
  node_affinity {
    required {
      match "kubernetes.io/os" { in = ["linux"] }
      match "gpu" { exists = false }
    }
    preferred {
      weight = 50
      match "cpus" { gt = 8 }
    }
  }
  pod_affinity {
    preferred {
      weight       = 20
      topology_key = "topology.kubernetes.io/zone"
      app          = app.cache
    }
  }
  pod_anti_affinity {
    required {
      topology_key = "kubernetes.io/hostname"
      app          = self
    }
  }
  container "web" { image = "web:1" }
}

app "cache" {
  container "redis" { image = "redis:7" }
}
