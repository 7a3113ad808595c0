app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    security_context {
      seccomp_profile {
        type              = "RuntimeDefault"
        localhost_profile = "a.json"
      }
    }
  }
}
