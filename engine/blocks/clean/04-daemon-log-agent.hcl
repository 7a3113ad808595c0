app "agent" {
  kind = "DaemonSet"
  toleration { operator = "Exists" }
  update_strategy { max_unavailable = "10%" }
  priority_class = "system-node-critical"
  container "agent" {
    image = "agent:2"
    mount "/buffer" { volume = volume.buffer }
    env = { NODE = field("spec.nodeName"), LIMIT = resource("limits.memory") }
    resources {
      limits = { cpu = "200m", memory = "200Mi" }
    }
  }
}

volume "buffer" {
  empty_dir { size_limit = "1Gi" }
}
