app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" {
      volume   = volume.data
      sub_path = "../etc"
    }
  }
}
volume "data" {
  empty_dir {}
}
