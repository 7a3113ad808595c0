app "web" {
  topology_spread { topology_key = "zone" }
  topology_spread { topology_key = "zone" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
