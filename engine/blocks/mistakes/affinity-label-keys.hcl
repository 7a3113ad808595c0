app "web" {
  pod_anti_affinity {
    required {
      topology_key        = "kubernetes.io/hostname"
      app                 = self
      match_label_keys    = ["tenant"]
      mismatch_label_keys = ["tenant"]
    }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
