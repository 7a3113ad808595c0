#> Deployment/web spec.template.spec.containers[web].readinessProbe.initialDelaySeconds = 7
#> Deployment/web spec.template.spec.containers[web].readinessProbe.periodSeconds = 20
#> Deployment/web spec.template.spec.containers[web].readinessProbe.timeoutSeconds = 2
#> Deployment/web spec.template.spec.containers[web].readinessProbe.successThreshold = 3
#> Deployment/web spec.template.spec.containers[web].readinessProbe.failureThreshold = 4
#> Deployment/web spec.template.spec.containers[web].livenessProbe.initialDelaySeconds = 5
#> Deployment/web spec.template.spec.containers[web].livenessProbe.periodSeconds = 10
#> Deployment/web spec.template.spec.containers[web].livenessProbe.timeoutSeconds = 1
#> Deployment/web spec.template.spec.containers[web].livenessProbe.successThreshold = 1
#> Deployment/web spec.template.spec.containers[web].livenessProbe.failureThreshold = 3

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    readiness_probe {
      exec                  = ["true"]
      initial_delay_seconds = 7
      period_seconds        = 20
      timeout_seconds       = 2
      success_threshold     = 3
      failure_threshold     = 4
    }
    liveness_probe { exec = ["true"] }
  }
}
