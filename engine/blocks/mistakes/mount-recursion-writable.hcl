app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" {
      volume              = volume.data
      recursive_read_only = "Enabled"
    }
  }
}
volume "data" {
  empty_dir {}
}
