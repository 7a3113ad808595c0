# Every minute, and no matter what the last run does.
job "hello" {
  schedule       = "* * * * *"
  restart_policy = "OnFailure"
  container "hello" {
    image             = "busybox:1.28"
    image_pull_policy = "IfNotPresent"
    command           = ["/bin/sh", "-c", "date; echo Hello from the Kubernetes cluster"]
  }
}

# Once: makes the folders that the others write to.
job "prepare" {
  backoff_limit              = 4
  ttl_seconds_after_finished = 3600
  container "prepare" {
    image    = local.image
    command  = ["prepare"]
    env_from = [config.pipeline]
    mount "/lake" { volume = volume.lake }
  }
}

# Each night, in the city's time: never twice at once, at most for two hours, and not at all when
# the cluster missed the hour by ten minutes.
job "collect" {
  schedule                      = "30 2 * * *"
  time_zone                     = "Europe/Berlin"
  concurrency                   = "Forbid"
  starting_deadline_seconds     = 600
  active_deadline_seconds       = 7200
  successful_jobs_history_limit = 3
  failed_jobs_history_limit     = 5
  depends_on                    = [job.prepare]

  init_container "fetch" {
    image    = local.image
    command  = ["fetch"]
    env_from = [config.pipeline]
    mount "/lake" { volume = volume.lake }
  }
  container "clean" {
    image    = local.image
    command  = ["clean"]
    env_from = [config.pipeline]
    resources {
      requests = { cpu = "1", memory = "2Gi" }
      limits   = { memory = "4Gi" }
    }
    mount "/lake" { volume = volume.lake }
  }
}

# Each Monday, five parts at a time, three at once; 42 is the program's word for "this will never
# work", and a node that is emptied is nobody's fault.
job "aggregate" {
  schedule        = "0 5 * * 1"
  time_zone       = "Europe/Berlin"
  concurrency     = "Replace"
  completion_mode = "Indexed"
  completions     = 5
  parallelism     = 3
  backoff_limit   = 6

  pod_failure_policy {
    rule {
      action = "FailJob"
      on_exit_codes {
        container_name = "aggregate"
        operator       = "In"
        values         = [42]
      }
    }
    rule {
      action = "Ignore"
      on_pod_condition { type = "DisruptionTarget" }
    }
  }

  container "aggregate" {
    image    = local.image
    command  = ["aggregate", "--part=$(JOB_COMPLETION_INDEX)"]
    env_from = [config.pipeline]
    resources { requests = { cpu = "2", memory = "4Gi" } }
    mount "/lake" { volume = volume.lake }
  }
}
