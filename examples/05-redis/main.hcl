project "redis" {}

config "redis" {
  data = {
    "redis.conf" = file("redis.conf")
    "role.sh"    = file("role.sh")
  }
}

volume "config" {
  config { from = config.redis }
}

volume "data" {
  claim {
    per_replica = true
    size        = "10Gi"
  }
}

app "redis" {
  kind     = "StatefulSet"
  replicas = 3
  labels   = { app = "redis" }
  # Gives each pod its name: redis-0.redis-svc, redis-1.redis-svc, …
  service_name = service.redis.name

  claim_retention {
    when_deleted = "Retain"
    when_scaled  = "Retain"
  }

  container "redis" {
    image   = "redis:7.4"
    command = ["sh", "/config/role.sh"]
    env     = { POD = field("metadata.name"), LEADER = "redis-0.${service.redis.host}" }
    port "redis" { container_port = 6379 }
    resources {
      requests = { cpu = "100m", memory = "256Mi" }
      limits   = { memory = "512Mi" }
    }
    startup_probe {
      tcp_socket { port = "redis" }
      failure_threshold = 30
    }
    readiness_probe {
      exec = ["redis-cli", "ping"]
    }
    pre_stop { exec = ["redis-cli", "shutdown", "save"] }
    mount "/config" { volume = volume.config }
    mount "/data" { volume = volume.data }
  }

  # Three replicas on three nodes where there are as many, and two of them always up.
  pod_anti_affinity {
    preferred {
      weight       = 100
      topology_key = "kubernetes.io/hostname"
      app          = self
    }
  }
  disruption_budget { min_available = 2 }
}

service "redis" {
  app  = app.redis
  type = "Headless"
}
