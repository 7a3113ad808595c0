service_account "web" {
  role {
    resources = []
    verbs     = []
  }
  role {
    resources = ["pod", "deployments", "pods/log"]
    verbs     = ["get", "lst", "read"]
  }
  role {
    api_groups = ["apps"]
    resources  = ["deployments", "statefulset"]
    verbs      = ["*"]
  }
  role {
    api_groups = ["example.com"]
    resources  = ["things"]
    verbs      = ["get"]
  }
  cluster_role { verbs = ["get"] }
  cluster_role {
    resources         = ["nodes"]
    non_resource_urls = ["/metrics"]
    verbs             = ["get"]
  }
  cluster_role {
    api_groups        = [""]
    non_resource_urls = ["/metrics"]
    verbs             = ["get"]
  }
}
app "web" {
  service_account = app.web
  container "web" { image = "web:1" }
}
app "api" {
  service_account = "Web"
  container "api" { image = "api:1" }
}
