app "web" {
  topology_spread { max_skew = 2 }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
