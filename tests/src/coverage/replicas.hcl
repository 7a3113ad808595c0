#> Deployment/web spec.replicas = 3

project "coverage" {}

app "web" {
  replicas = 3
  container "web" {
    image = "web:1"
  }
}
