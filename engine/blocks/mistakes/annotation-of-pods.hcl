app "web" {
  annotations     = { "controller.kubernetes.io/pod-deletion-cost" = "high" }
  pod_annotations = { "kubernetes.io/config.mirror" = "web" }
  container "web" { image = "web:1" }
}
