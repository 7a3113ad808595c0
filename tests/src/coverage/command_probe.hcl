#> Deployment/web spec.template.spec.containers[web].livenessProbe.exec.command = ["pg_isready"]
#> Deployment/web spec.template.spec.containers[web].livenessProbe.initialDelaySeconds = 5

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    liveness_probe { exec = ["pg_isready"] }
  }
}
