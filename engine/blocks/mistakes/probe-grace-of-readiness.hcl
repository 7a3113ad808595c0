app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    readiness_probe {
      exec                             = ["true"]
      termination_grace_period_seconds = 5
    }
  }
}
