app "inference" {
  replicas      = 2
  runtime_class = "nvidia"
  node_affinity {
    required {
      match "nvidia.com/gpu.product" { in = ["A100", "H100"] }
    }
  }
  toleration {
    key      = "nvidia.com/gpu"
    operator = "Exists"
    effect   = "NoSchedule"
  }
  container "model" {
    image = "model:4"
    resources {
      requests = { cpu = 4, memory = "16Gi", "nvidia.com/gpu" = 1 }
      limits   = { memory = "32Gi", "nvidia.com/gpu" = 1 }
    }
  }
}
