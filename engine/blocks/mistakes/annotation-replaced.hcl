app "web" {
  annotations     = { "seccomp.security.alpha.kubernetes.io/pod" = "runtime/default" }
  pod_annotations = { "container.apparmor.security.beta.kubernetes.io/web" = "runtime/default" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
job "load" {
  pod_annotations = { "scheduler.alpha.kubernetes.io/tolerations" = "[]" }
  container "load" { image = "load:1" }
}
service "web" {
  app  = app.web
  type = "LoadBalancer"
  annotations = {
    "service.beta.kubernetes.io/load-balancer-source-ranges" = "10.0.0.0/8"
    "service.kubernetes.io/topology-aware-hints"             = "Auto"
  }
}
