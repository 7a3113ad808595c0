#> Deployment/web spec.template.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution = [{"preference":{"matchExpressions":[{"key":"disk","operator":"In","values":["ssd"]}]},"weight":50},{"preference":{"matchExpressions":[{"key":"zone","operator":"In","values":["a"]}]},"weight":1}]

project "coverage" {}

app "web" {
  node_affinity {
    preferred {
      weight = 50
      match "disk" { in = ["ssd"] }
    }
    preferred {
      match "zone" { in = ["a"] }
    }
  }
  container "web" {
    image = "web:1"
  }
}
