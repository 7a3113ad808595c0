app "web" {
  readiness_gates = ["is warm"]
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
