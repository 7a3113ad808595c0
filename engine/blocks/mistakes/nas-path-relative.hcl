app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.data }
  }
}
volume "data" {
  nas {
    server = "x.nas.aliyuncs.com"
    path   = "data"
  }
}
