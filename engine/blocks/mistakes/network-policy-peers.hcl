app "web" {
  replicas = 2
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
network_policy "web" {
  app      = app.web
  selector = { run = "web" }
  ingress {
    from {}
    from {
      app  = app.web
      cidr = "10.0.0.0/8"
    }
    from {
      app  = app.web
      pods = { run = "web" }
    }
    from { cidr = "10.0.0.0/33" }
    from { except = ["10.1.0.0/16"] }
    from {
      cidr   = "10.0.0.0/8"
      except = ["11.0.0.0/16", "10.0.0.0/8", "fd00::/64", "10.9.0.0/16"]
    }
  }
}
