#> Deployment/web spec.template.spec.containers[web].resources.limits = {"cpu":"500m","memory":"512Mi"}

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    resources { limits = { cpu = "500m", memory = "512Mi" } }
  }
}
