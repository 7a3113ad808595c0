app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/" { volume = volume.data }
  }
}
volume "data" {
  empty_dir {}
}
