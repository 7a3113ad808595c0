#> Deployment/web spec.template.spec.containers[web].livenessProbe.tcpSocket.port = "http"
#> Deployment/web spec.template.spec.containers[web].livenessProbe.initialDelaySeconds = 15
#> Deployment/web spec.template.spec.containers[web].readinessProbe.tcpSocket.port = 80

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    liveness_probe {
      tcp_socket { port = "http" }
    }
    readiness_probe {
      tcp_socket { port = 80 }
    }
  }
}
