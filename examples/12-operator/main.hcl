project "sealing" {}

# Opens sealed secrets anywhere in the cluster; its own keys are secrets of its namespace.
service_account "controller" {
  name = "sealed-secrets-controller"
  cluster_role {
    api_groups = ["bitnami.com"]
    resources  = ["sealedsecrets"]
    verbs      = ["get", "list", "watch", "update"]
  }
  cluster_role {
    api_groups = ["bitnami.com"]
    resources  = ["sealedsecrets/status"]
    verbs      = ["update"]
  }
  cluster_role {
    resources = ["secrets"]
    verbs     = ["get", "create", "update", "delete"]
  }
  cluster_role {
    resources = ["events"]
    verbs     = ["create", "patch"]
  }
  role {
    resources = ["secrets"]
    verbs     = ["create", "list"]
  }
}

volume "tmp" {
  empty_dir {}
}

app "controller" {
  name            = "sealed-secrets-controller"
  service_account = service_account.controller
  security_context { fs_group = 65534 }

  container "controller" {
    image   = "bitnami/sealed-secrets-controller:0.27.1"
    command = ["controller"]
    port "http" { container_port = 8080 }
    liveness_probe {
      http_get {
        path = "/healthz"
        port = "http"
      }
    }
    readiness_probe {
      http_get {
        path = "/healthz"
        port = "http"
      }
    }
    security_context {
      read_only_root_filesystem = true
      run_as_non_root           = true
      run_as_user               = 1001
    }
    mount "/tmp" { volume = volume.tmp }
  }
}

# `kubeseal` looks for the controller here.
service "controller" {
  name = "sealed-secrets-controller"
  app  = app.controller
}

manifest "type" { yaml = file("sealedsecret-crd.yaml") }

# The plan knows the type although the cluster does not have it yet.
manifest "database" {
  object = {
    apiVersion = "bitnami.com/v1alpha1"
    kind       = "SealedSecret"
    spec = {
      encryptedData = { password = "AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq" }
      template      = { type = "Opaque" }
    }
  }
}
