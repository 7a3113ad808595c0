app "web" {
  container "web" {
    image = "nginx:1.27"
    dynamic "port" {
      for_each = range(17)
      labels   = ["p${port.value}"]
      content { container_port = 8000 + port.value }
    }
  }
}
service "web" { app = app.web }

ingress "backends" {
  gateway = "public"
  rule {
    host = "a.com"
    dynamic "path" {
      for_each = range(17)
      iterator = it
      labels   = ["/${it.value}"]
      content { backend = service.web.ports["p${it.value}"] }
    }
  }
}
ingress "paths" {
  gateway = "public"
  rule {
    host = "b.com"
    dynamic "path" {
      for_each = range(65)
      iterator = it
      labels   = ["/${it.value}"]
      content { backend = service.web.ports.p0 }
    }
  }
}
ingress "all" {
  gateway = "public"
  rule {
    dynamic "path" {
      for_each = range(129)
      iterator = it
      labels   = ["/${it.value}"]
      content { backend = service.web.ports["p${it.value % 3}"] }
    }
  }
}
ingress "hosts" {
  gateway = "public"
  rule {
    host = "known.com"
    path "/" { backend = service.web.ports.p0 }
  }
  rule {
    host = service.web.cluster_ip
    path "/" { backend = service.web.ports.p0 }
  }
}
ingress "long" {
  gateway = "public/"
  rule {
    dynamic "path" {
      for_each = [1]
      iterator = it
      labels   = ["/${format("%01100d", 0)}"]
      content { backend = service.web.ports.p0 }
    }
  }
}
