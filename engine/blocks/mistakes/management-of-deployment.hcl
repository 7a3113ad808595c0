app "web" {
  pod_management_policy = "Parallel"
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
