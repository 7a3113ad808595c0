app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" {
      volume              = volume.data
      read_only           = true
      recursive_read_only = "Enabled"
      mount_propagation   = "HostToContainer"
    }
  }
}
volume "data" {
  empty_dir {}
}
