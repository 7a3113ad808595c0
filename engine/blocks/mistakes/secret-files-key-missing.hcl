app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.data }
  }
}
volume "data" {
  secret {
    from  = secret.db
    items = { pass = "p" }
  }
}
secret "db" {
  existing = "shop-db"
  keys     = ["password"]
}
