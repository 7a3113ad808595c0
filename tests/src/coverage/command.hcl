#> Deployment/web spec.template.spec.containers[web].command = ["nginx"]
#> Deployment/web spec.template.spec.containers[web].args = ["-g","daemon off;"]

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    command = ["nginx"]
    args    = ["-g", "daemon off;"]
  }
}
