app "web" {
  kind = "StatefulSet"
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.data }
  }
}
volume "data" {
  claim {
    size        = "1Gi"
    per_replica = true
  }
  lifecycle { prevent_destroy = true }
}
