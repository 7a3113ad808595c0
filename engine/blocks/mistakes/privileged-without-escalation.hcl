app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    security_context {
      privileged                 = true
      allow_privilege_escalation = false
    }
  }
}
