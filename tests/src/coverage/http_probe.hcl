#> Deployment/web spec.template.spec.containers[web].livenessProbe.httpGet.scheme = "HTTPS"
#> Deployment/web spec.template.spec.containers[web].livenessProbe.httpGet.path = "/health"
#> Deployment/web spec.template.spec.containers[web].livenessProbe.httpGet.port = "https"
#> Deployment/web spec.template.spec.containers[web].livenessProbe.httpGet.httpHeaders = [{"name":"X-Probe","value":"1"},{"name":"X-Probe","value":"2"}]
#> Deployment/web spec.template.spec.containers[web].livenessProbe.initialDelaySeconds = 3
#> Deployment/web spec.template.spec.containers[web].readinessProbe.httpGet.port = 8443

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    port "https" { container_port = 8443 }
    liveness_probe {
      http_get {
        scheme = "HTTPS"
        path   = "/health"
        port   = "https"
        http_header "X-Probe" { value = "1" }
        http_header "X-Probe" { value = "2" }
      }
    }
    readiness_probe {
      http_get { port = 8443 }
    }
  }
}
