app "web" {
  pod_annotations = { "plimsoll.dev/config-hash" = "x" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
