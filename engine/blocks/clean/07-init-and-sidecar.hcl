app "api" {
  init_container "migrate" {
    image   = "api:1"
    command = ["migrate"]
    mount "/tmp" { volume = volume.tmp }
  }
  sidecar "proxy" {
    image = "proxy:3"
    port "proxy" { container_port = 15001 }
    readiness_probe {
      tcp_socket { port = "proxy" }
    }
  }
  container "api" {
    image = "api:1"
    port "http" { container_port = 80 }
    mount "/tmp" { volume = volume.tmp }
  }
}

volume "tmp" {
  empty_dir { medium = "Memory" }
}
