app "web" {
  container "web" {
    image = "web:1"
    env   = { PASS = secret.db.keys.pasword }
  }
}

secret "db" {
  existing = "shop-db"
  keys     = ["password"]
}
