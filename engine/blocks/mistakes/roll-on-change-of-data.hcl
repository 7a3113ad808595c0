secret "db" {
  data           = { password = "x" }
  roll_on_change = true
}
config "site" {
  data           = { color = "blue" }
  roll_on_change = true
}
