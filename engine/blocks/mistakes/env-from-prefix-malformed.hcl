app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    env_from = [{ from = config.site, prefix = "A=" }]
  }
}
config "site" { data = { color = "blue" } }
