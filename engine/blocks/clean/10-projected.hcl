app "web" {
  container "web" {
    image = "web:1"
    mount "/all" { volume = volume.all }
  }
}

volume "all" {
  projected {
    default_mode = "0440"
    config { from = config.site }
    secret {
      from  = secret.db
      items = { password = "db/password" }
    }
    downward_api { items = { labels = field("metadata.labels") } }
    service_account_token {
      path               = "token"
      audience           = "vault"
      expiration_seconds = 7200
    }
  }
}

config "site" { data = { color = "blue" } }
secret "db" {
  existing = "db"
  keys     = ["password"]
}
