app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    env = { POD = field("metadata.name") }
    mount "/data" {
      volume        = volume.data
      sub_path_expr = "logs/$(PDO)"
    }
  }
}
volume "data" {
  empty_dir {}
}
