app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.data }
  }
}
volume "data" {
  projected {
    config { from = config.site }
    secret {
      from  = secret.db
      items = { password = "color" }
    }
  }
}
config "site" { data = { color = "blue" } }
secret "db" {
  existing = "shop-db"
  keys     = ["password"]
}
