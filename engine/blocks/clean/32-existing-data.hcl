config "site" {
  existing       = "site"
  keys           = ["color"]
  roll_on_change = true
}
secret "db" {
  existing       = "db"
  keys           = ["password"]
  roll_on_change = true
}
app "web" {
  container "web" {
    image = "web:1"
    env   = { PASSWORD = secret.db.keys.password }
  }
}
