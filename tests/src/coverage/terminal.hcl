#> Deployment/web spec.template.spec.containers[web].stdin = true
#> Deployment/web spec.template.spec.containers[web].tty = true

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    stdin = true
    tty   = true
  }
}
