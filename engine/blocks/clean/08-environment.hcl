app "api" {
  container "api" {
    image = "api:1"
    env = {
      COLOR = config.site.keys.color
      PASS  = secret.db.keys.password
      POD   = field("metadata.name")
      TEAM  = field("metadata.labels['team']")
      CPU   = resource("requests.cpu")
    }
    env_from = [config.site, { from = secret.db, prefix = "DB_" }]
  }
}

config "site" { data = { color = "blue" } }
secret "db" { data = { password = var.password } }
