app "web" {
  topology_spread {
    topology_key     = "topology.kubernetes.io/zone"
    match_label_keys = ["plimsoll.dev/app"]
  }
  pod_anti_affinity {
    preferred {
      topology_key     = "kubernetes.io/hostname"
      app              = self
      match_label_keys = ["plimsoll.dev/app"]
    }
  }
  container "web" { image = "web:1" }
}
