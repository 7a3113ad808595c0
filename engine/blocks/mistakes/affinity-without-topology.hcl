app "web" {
  pod_anti_affinity {
    required {
      app = self
    }
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
