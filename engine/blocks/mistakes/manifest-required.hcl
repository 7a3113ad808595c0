manifest "web" {
  object = {
    apiVersion = "apps/v1"
    kind       = "Deployment"
    spec       = { template = { spec = { containers = [{ name = "web", env = [{ value = "x" }] }] } } }
  }
}

manifest "fast" {
  yaml = <<-EOT
    apiVersion: storage.k8s.io/v1
    kind: StorageClass
    metadata: {name: fast}
    parameters: {type: ssd}
  EOT
}
