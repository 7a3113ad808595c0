app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/a" { volume = volume.my_disk }
    mount "/b" { volume = volume.my-disk }
  }
}
volume "my_disk" {
  empty_dir {}
}
volume "my-disk" {
  empty_dir {}
}
