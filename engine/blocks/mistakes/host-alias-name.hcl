app "web" {
  host_alias "10.0.0.1" { hostnames = ["My Host"] }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
