#> Deployment/web spec.template.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey = "topology.kubernetes.io/zone"
#> Deployment/web spec.template.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].namespaces = ["data"]
#> Deployment/web spec.template.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions = [{"key":"app","operator":"In","values":["redis"]}]
#> Deployment/web spec.template.spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight = 20
#> Deployment/web spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey = "kubernetes.io/hostname"
#> Deployment/web spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions[0].operator = "NotIn"
#> Deployment/web spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight = 100
#> Deployment/web spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector.matchLabels["plimsoll.dev/app"] = "web"

project "coverage" {}

app "web" {
  replicas = 0 # no pod that it wants to be beside
  pod_affinity {
    required {
      topology_key = "topology.kubernetes.io/zone"
      namespaces   = ["data"]
      match "app" { in = ["redis"] }
    }
    preferred {
      weight       = 20
      topology_key = "kubernetes.io/hostname"
      match "app" { in = ["cache"] }
    }
  }
  pod_anti_affinity {
    required {
      topology_key = "kubernetes.io/hostname"
      match "tier" { not_in = ["web"] }
    }
    preferred {
      weight       = 100
      topology_key = "kubernetes.io/hostname"
      app          = self
    }
  }
  container "web" {
    image = "web:1"
  }
}
