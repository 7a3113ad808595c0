manifest "old" {
  yaml = <<-EOT
    apiVersion: policy/v1beta1
    kind: PodDisruptionBudget
    metadata: {name: web}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec:
      port: 80
      ports: [{port: http}]
    status: {}
    ---
    kind: Pod
    ---
    apiVersion: v1
    kind: Pod
    spec: {containers: [{name: a}, {name: a}, {image: b}]}
    ---
    apiVersion: v1
    kind: ConfigMap
    data: {a: b}
  EOT
}

manifest "broken" { yaml = "a: [" }

manifest "two" {
  yaml = <<-EOT
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata: {name: web}
    ---
    apiVersion: example.com/v1
    kind: Ingress
    metadata: {name: web}
  EOT
}
