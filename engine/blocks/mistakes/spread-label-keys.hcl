app "web" {
  topology_spread {
    topology_key     = "zone"
    match_label_keys = ["a", "a"]
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
