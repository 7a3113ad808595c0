app "web" {
  termination_grace_period_seconds = -1
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
