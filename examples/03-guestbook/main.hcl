project "guestbook" {}

# Redis: one instance takes the writes, its followers answer the reads.
app "redis_leader" {
  labels = { app = "redis", role = "leader", tier = "backend" }
  container "leader" {
    image = "docker.io/redis:6.0.5"
    resources { requests = { cpu = "100m", memory = "100Mi" } }
    port "redis" { container_port = 6379 }
  }
}

app "redis_follower" {
  replicas = 2
  labels   = { app = "redis", role = "follower", tier = "backend" }
  container "follower" {
    image = "us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower:v2"
    resources { requests = { cpu = "100m", memory = "100Mi" } }
    port "redis" { container_port = 6379 }
  }
}

app "frontend" {
  replicas = 3
  labels   = { app = "guestbook", tier = "frontend" }
  container "php-redis" {
    image = "us-docker.pkg.dev/google-samples/containers/gke/gb-frontend:v5"
    env   = { GET_HOSTS_FROM = "dns" }
    resources { requests = { cpu = "100m", memory = "100Mi" } }
    port "http" { container_port = 80 }
  }
}

# The images look for Redis under these names.
service "redis_leader" {
  name = "redis-leader"
  app  = app.redis_leader
}

service "redis_follower" {
  name = "redis-follower"
  app  = app.redis_follower
}

service "frontend" {
  name = "frontend"
  app  = app.frontend
}
