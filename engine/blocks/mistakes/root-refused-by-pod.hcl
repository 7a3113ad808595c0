app "web" {
  security_context { run_as_non_root = true }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    security_context {
      run_as_user = 0
    }
  }
}
