app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
  raw = { spec = { template = { spec = { volumes = [{ name = "files", nfs = { server = "files" } }] } } } }
}
