#> Deployment/web-front metadata.name = "web-front"
#> Deployment/given metadata.name = "given"

project "coverage" {}

app "web_front" {
  container "web" { image = "web:1" }
}

app "other" {
  name = "given"
  container "web" { image = "web:1" }
}
