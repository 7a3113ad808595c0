app "web" {
  host_alias "10.0.0.1" { hostnames = ["a"] }
  host_alias "10.0.0.1" { hostnames = ["b"] }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
