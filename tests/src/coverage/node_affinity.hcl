#> Deployment/web spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions = [{"key":"kubernetes.io/os","operator":"In","values":["linux"]},{"key":"disk","operator":"NotIn","values":["hdd"]}]
#> Deployment/web spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[1].matchExpressions = [{"key":"kubernetes.io/hostname","operator":"Exists"},{"key":"gpu","operator":"DoesNotExist"},{"key":"cpus","operator":"Gt","values":["8"]},{"key":"load","operator":"Lt","values":["3"]}]

project "coverage" {}

app "web" {
  node_affinity {
    required {
      match "kubernetes.io/os" { in = ["linux"] }
      match "disk" { not_in = ["hdd"] }
    }
    required {
      match "kubernetes.io/hostname" { exists = true }
      match "gpu" { exists = false }
      match "cpus" { gt = 8 }
      match "load" { lt = 3 }
    }
  }
  container "web" {
    image = "web:1"
  }
}
