app "web" {
  replicas = 6
  topology_spread {
    topology_key     = "topology.kubernetes.io/zone"
    min_domains      = 2
    match_label_keys = ["pod-template-hash"]
  }
  topology_spread {
    topology_key       = "kubernetes.io/hostname"
    when_unsatisfiable = "ScheduleAnyway"
    node_taints_policy = "Honor"
  }
  toleration {
    key    = "dedicated"
    value  = "web"
    effect = "NoSchedule"
  }
  node_selector = { disk = "ssd" }
  container "web" { image = "web:1" }
}
