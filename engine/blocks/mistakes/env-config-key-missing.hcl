app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    env = { COLOR = config.site.keys.colour }
  }
}
config "site" { data = { color = "blue" } }
