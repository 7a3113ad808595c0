app "web" {
  topology_spread {
    topology_key = "zone"
    max_skew     = 0
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
