project "nginx" {}

app "nginx" {
  kind     = "StatefulSet"
  replicas = 2 # the first number only: autoscale.nginx owns it afterwards
  labels   = { app = "nginx" }

  claim_retention {
    when_deleted = "Retain"
    when_scaled  = "Retain"
  }

  init_container "prep" {
    image   = "busybox:1.36"
    command = ["sh", "-c", "date > /data/init"]
    mount "/data" { volume = volume.disk_ssd }
  }

  container "nginx" {
    image             = "nginx:1.27"
    image_pull_policy = "Always"
    command           = ["nginx"]
    args              = ["-g", "daemon off;"]
    stdin             = true
    tty               = true
    env               = { TIER = "web", POD = field("metadata.name") }
    port "http" { container_port = 80 }
    resources {
      requests = { cpu = "250m", memory = "256Mi" }
      limits   = { cpu = "500m", memory = "512Mi" }
    }
    liveness_probe {
      http_get {
        path = "/"
        port = "http"
        http_header "X-Probe" { value = "1" }
      }
      initial_delay_seconds = 3
    }
    readiness_probe {
      tcp_socket { port = "http" }
      initial_delay_seconds = 15
    }
    post_start { exec = ["sh", "-c", "date > /data/started"] }
    pre_stop { exec = ["nginx", "-s", "quit"] }
    mount "/data" { volume = volume.disk_ssd }
    mount "/var/log/nginx" { volume = volume.logs }
    log "nginx-stdout" { path = "stdout" }
    log "nginx-access" {
      path = "/var/log/nginx/*.log"
      tags = { release = "v1" }
    }
  }

  node_affinity {
    required {
      match "kubernetes.io/os" { in = ["linux"] }
    }
    preferred {
      weight = 50
      match "disk" { not_in = ["hdd"] }
    }
  }
  pod_affinity {
    preferred {
      weight       = 20
      topology_key = "topology.kubernetes.io/zone"
      match "app" { in = ["redis"] }
    }
  }
  pod_anti_affinity {
    preferred {
      weight       = 100
      topology_key = "kubernetes.io/hostname"
      app          = self
    }
  }
}

volume "disk_ssd" {
  claim {
    name          = "disk-ssd"
    per_replica   = true
    storage_class = "alicloud-disk-ssd"
    size          = "20Gi"
  }
}

volume "logs" {
  empty_dir {}
}

# object name: nginx-svc
service "nginx" {
  app = app.nginx
  port "http" {
    port        = 80
    target_port = app.nginx.ports.http
  }
}

ingress "nginx" {
  class = "nginx"
  rule {
    host = "foo.bar.com"
    path "/" { backend = service.nginx.ports.http }
  }
}

autoscale "nginx" {
  target       = app.nginx
  min_replicas = 2
  max_replicas = 10
  metric "cpu" { average_utilization = 70 }
}
