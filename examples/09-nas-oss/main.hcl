project "media" {}

variable "region" {
  type    = string
  default = "cn-hangzhou"
}

variable "oss_key" {
  type      = object({ id = string, secret = string })
  default   = { id = "example-id", secret = "example-secret" }
  sensitive = true
}

# One folder that all pods read and write.
volume "uploads" {
  nas {
    server  = "0cd8b4a576-grs79.${var.region}.nas.aliyuncs.com"
    path    = "/uploads"
    version = "3"
    size    = "100Gi"
  }
}

secret "oss" {
  data = { akId = var.oss_key.id, akSecret = var.oss_key.secret }
}

# What is published, in a bucket.
volume "published" {
  oss {
    bucket  = "media-published"
    url     = "oss-${var.region}-internal.aliyuncs.com"
    path    = "/site"
    options = "-o umask=022 -o max_stat_cache_size=0 -o allow_other"
    size    = "500Gi"
    secret  = secret.oss
  }
}

volume "logs" {
  empty_dir { size_limit = "1Gi" }
}

app "media" {
  replicas = 3
  labels   = { app = "media" }

  container "nginx" {
    image = "nginx:1.27"
    port "http" { container_port = 80 }
    resources {
      requests = { cpu = "250m", memory = "256Mi" }
      limits   = { cpu = "500m", memory = "512Mi" }
    }
    readiness_probe {
      http_get {
        path = "/"
        port = "http"
      }
    }
    mount "/srv/uploads" { volume = volume.uploads }
    mount "/usr/share/nginx/html" {
      volume    = volume.published
      read_only = true
    }
    mount "/var/log/nginx" { volume = volume.logs }

    # Collected without an agent in the pod, into stores that are made on the way.
    log "media-stdout" { path = "stdout" }
    log "media-access" {
      path   = "/var/log/nginx/*.log"
      tags   = { team = "media", release = "v1" }
      shards = 4
      ttl    = 30
    }
  }
}

service "media" {
  app  = app.media
  type = "LoadBalancer"
  port "http" { port = 80 }
  alibaba {
    address_type = "intranet"
    spec         = "slb.s1.small"
  }
}
