app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.data }
  }
}
volume "data" {
  config {
    from  = config.site
    items = { color = "../color" }
  }
}
config "site" { data = { color = "blue" } }
