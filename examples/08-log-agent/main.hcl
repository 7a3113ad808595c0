project "logging" {}

variable "elasticsearch" {
  type    = object({ host = string, port = number, user = string })
  default = { host = "elasticsearch-logging", port = 9200, user = "elastic" }
}

variable "password" {
  type      = string
  sensitive = true
  default   = "changeme"
}

# Reads the names of pods and namespaces, to write them beside each line.
service_account "fluentd" {
  cluster_role {
    resources = ["pods", "namespaces"]
    verbs     = ["get", "list", "watch"]
  }
  # Remembers in its own namespace which agent leads.
  role {
    api_groups = ["coordination.k8s.io"]
    resources  = ["leases"]
    verbs      = ["get", "create", "update"]
  }
}

secret "elasticsearch" {
  data = { password = var.password }
}

volume "varlog" {
  host_path { path = "/var/log" }
}

volume "containers" {
  host_path { path = "/var/lib/docker/containers" }
}

app "fluentd" {
  kind            = "DaemonSet"
  labels          = { k8s-app = "fluentd-logging", version = "v1" }
  service_account = service_account.fluentd

  termination_grace_period_seconds = 30

  # On the nodes of the control plane too, under the label's old name and its new one.
  toleration {
    key      = "node-role.kubernetes.io/control-plane"
    operator = "Exists"
    effect   = "NoSchedule"
  }
  toleration {
    key      = "node-role.kubernetes.io/master"
    operator = "Exists"
    effect   = "NoSchedule"
  }

  update_strategy { max_unavailable = "10%" }

  container "fluentd" {
    image = "fluent/fluentd-kubernetes-daemonset:v1-debian-elasticsearch"
    env = {
      K8S_NODE_NAME                 = field("spec.nodeName")
      FLUENT_ELASTICSEARCH_HOST     = var.elasticsearch.host
      FLUENT_ELASTICSEARCH_PORT     = tostring(var.elasticsearch.port)
      FLUENT_ELASTICSEARCH_SCHEME   = "http"
      FLUENT_ELASTICSEARCH_USER     = var.elasticsearch.user
      FLUENT_ELASTICSEARCH_PASSWORD = secret.elasticsearch.keys.password
    }
    resources {
      requests = { cpu = "100m", memory = "200Mi" }
      limits   = { memory = "200Mi" }
    }
    mount "/var/log" { volume = volume.varlog }
    mount "/var/lib/docker/containers" {
      volume    = volume.containers
      read_only = true
    }
  }
}
