app "writer" {
  replicas = 2
  container "writer" {
    image = "writer:1"
    env   = { POD = field("metadata.name") }
    mount "/out" {
      volume        = volume.out
      sub_path_expr = "pods/$(POD)"
    }
  }
}

volume "out" {
  claim {
    size        = "10Gi"
    access_mode = "ReadWriteMany"
  }
}
