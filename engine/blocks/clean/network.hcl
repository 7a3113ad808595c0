app "web" {
  replicas        = 2
  service_account = service_account.web
  disruption_budget { min_available = "50%" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service_account "web" {
  automount_token    = true
  image_pull_secrets = [secret.registry]
  role {
    resources = ["configmaps", "pods/log"]
    verbs     = ["get", "list"]
  }
  role {
    api_groups     = ["apps"]
    resources      = ["deployments"]
    verbs          = ["patch"]
    resource_names = [app.web.name]
  }
  cluster_role {
    resources = ["nodes"]
    verbs     = ["list"]
  }
  cluster_role {
    non_resource_urls = ["/metrics"]
    verbs             = ["get"]
  }
}
secret "registry" { existing = "registry" }
network_policy "web" {
  app = app.web
  ingress {
    from { namespaces = { team = "shop" } }
    from {
      cidr   = "10.0.0.0/8"
      except = ["10.9.0.0/16"]
    }
    port { port = app.web.ports.http }
  }
  egress {
    to { app = app.web }
    port { port = "http" }
  }
  egress {
    port {
      port     = 53
      protocol = "UDP"
    }
    port {
      port     = 8000
      end_port = 8999
    }
  }
}
network_policy "all" {}
