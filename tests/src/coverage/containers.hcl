#> Deployment/web spec.template.spec.containers[web].image = "web:1"
#> Deployment/web spec.template.spec.containers[cache].image = "redis:7"

project "coverage" {}

app "web" {
  container "cache" { image = "redis:7" }
  container "web" {
    image = "web:1"
  }
}
