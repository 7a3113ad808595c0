#> Deployment/web spec.template.spec.containers[web].livenessProbe.httpGet.port = "http"
#> Deployment/web spec.template.spec.containers[web].readinessProbe.tcpSocket.port = "http"
#> Deployment/web spec.template.spec.containers[web].startupProbe.exec.command = ["test","-e","/ready"]
#> Deployment/web spec.template.spec.containers[rpc].livenessProbe.grpc = {"port":9000,"service":"health"}

project "coverage" {}

app "web" {
  container "rpc" {
    image = "rpc:1"
    liveness_probe {
      grpc {
        port    = 9000
        service = "health"
      }
    }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    liveness_probe {
      http_get { port = "http" }
    }
    readiness_probe {
      tcp_socket { port = "http" }
    }
    startup_probe { exec = ["test", "-e", "/ready"] }
  }
}
