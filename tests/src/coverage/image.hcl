#> Deployment/web spec.template.spec.containers[full].image = "registry.shop.io:5000/team/web:1.2"
#> Deployment/web spec.template.spec.containers[newest].image = "web"

project "coverage" {}

app "web" {
  container "full" { image = "registry.shop.io:5000/team/web:1.2" }
  container "newest" { image = "web" }
}
