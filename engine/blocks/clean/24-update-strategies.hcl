app "fast" {
  replicas                  = 10
  min_ready_seconds         = 10
  progress_deadline_seconds = 120
  revision_history_limit    = 3
  update_strategy {
    max_surge       = "50%"
    max_unavailable = 0
  }
  container "fast" { image = "fast:1" }
}

app "one" {
  kind                  = "StatefulSet"
  pod_management_policy = "Parallel"
  ordinals { start = 1 }
  update_strategy { partition = 2 }
  container "one" { image = "one:1" }
}

app "by_hand" {
  kind = "DaemonSet"
  update_strategy { type = "OnDelete" }
  container "by-hand" { image = "by-hand:1" }
}
