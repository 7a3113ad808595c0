#> Deployment/web metadata.labels["plimsoll.dev/environment"] = "$ENVIRONMENT"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
  }
}
