app "web" {
  toleration {
    key                = "a"
    effect             = "NoSchedule"
    toleration_seconds = 30
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
