#> Deployment/alike spec.template.spec.containers[web].image = "web:1"
#> StatefulSet/numbered spec.serviceName = "numbered-headless"
#> Service/numbered-headless spec.clusterIP = "None"
#> DaemonSet/everywhere spec.template.spec.containers[web].image = "web:1"

project "coverage" {}

app "alike" {
  container "web" { image = "web:1" }
}

app "numbered" {
  kind = "StatefulSet"
  container "web" { image = "web:1" }
}

app "everywhere" {
  kind = "DaemonSet"
  container "web" { image = "web:1" }
}
