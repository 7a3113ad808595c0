app "web" {
  dns_policy   = "ClusterFirst"
  host_network = true
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
