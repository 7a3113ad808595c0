#> Deployment/web spec.template.spec.initContainers[prepare].command = ["sh","-c","date"]
#> Deployment/web spec.template.spec.initContainers[proxy].restartPolicy = "Always"
#> Deployment/web spec.template.spec.initContainers[proxy].readinessProbe.exec.command = ["true"]

project "coverage" {}

app "web" {
  init_container "prepare" {
    image   = "busybox:1.36"
    command = ["sh", "-c", "date"]
  }
  sidecar "proxy" {
    image = "proxy:1"
    readiness_probe { exec = ["true"] }
  }
  container "web" {
    image = "web:1"
  }
}
