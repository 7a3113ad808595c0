config "site" { data = { COLOR = "blue" } }

app "web" {
  container "web" {
    image    = "web:1"
    env_from = config.site
  }
}
