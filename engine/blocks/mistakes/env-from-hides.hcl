app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    env_from = [config.site, config.more]
  }
}
config "site" { data = { color = "blue" } }
config "more" { data = { color = "red" } }
