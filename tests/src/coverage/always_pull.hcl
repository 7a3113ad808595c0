#> Deployment/web spec.template.spec.containers[web].imagePullPolicy = "Always"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    image_pull_policy = "Always"
  }
}
