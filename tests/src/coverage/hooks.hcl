#> Deployment/web spec.template.spec.containers[web].lifecycle.postStart.exec.command = ["date"]
#> Deployment/web spec.template.spec.containers[web].lifecycle.preStop.sleep.seconds = 5
#> Deployment/web spec.template.spec.containers[other].lifecycle.preStop.httpGet.port = "http"

project "coverage" {}

app "web" {
  container "other" {
    image = "other:1"
    port "http" { container_port = 80 }
    pre_stop {
      http_get {
        path = "/quit"
        port = "http"
      }
    }
  }
  container "web" {
    image = "web:1"
    post_start { exec = ["date"] }
    pre_stop {
      sleep { seconds = 5 }
    }
  }
}
