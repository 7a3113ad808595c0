config "web" { binary_data = { "logo.png" = "iVBORw0KGgo=" } }
volume "web" {
  config {
    from  = config.web
    items = { "logo.pgn" = "logo.png" }
  }
}
app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/srv" { volume = volume.web }
  }
}
