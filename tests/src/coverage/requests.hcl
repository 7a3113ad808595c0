#> Deployment/web spec.template.spec.containers[web].resources.requests = {"cpu":"250m","memory":"256Mi"}

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    resources { requests = { cpu = "250m", memory = "256Mi" } }
  }
}
