#> Deployment/web metadata.namespace = "$NAMESPACE"
#> Namespace/$NAMESPACE-extra kind = "Namespace"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
  }
}

namespace "extra" { name = "${env.namespace}-extra" }
