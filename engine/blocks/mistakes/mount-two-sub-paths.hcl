app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    env = { A = "a" }
    mount "/data" {
      volume        = volume.data
      sub_path      = "a"
      sub_path_expr = "$(A)"
    }
  }
}
volume "data" {
  empty_dir {}
}
