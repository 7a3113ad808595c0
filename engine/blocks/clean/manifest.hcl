config "site" { data = { color = "blue" } }

manifest "quota" {
  depends_on = [config.site]
  object = {
    apiVersion = "v1"
    kind       = "ConfigMap"
    data       = { a = "b" }
  }
}

manifest "documents" {
  yaml = <<-EOT
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: one
    data:
      a: b
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: two
    spec:
      ports:
      - port: 80
  EOT
}
