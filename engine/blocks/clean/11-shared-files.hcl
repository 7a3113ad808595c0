app "wordpress" {
  replicas = 4
  container "wordpress" {
    image = "wordpress:6"
    mount "/var/www/html" {
      volume   = volume.files
      sub_path = "html"
    }
  }
}

volume "files" {
  nas {
    server  = "x.cn-hangzhou.nas.aliyuncs.com"
    path    = "/wp"
    version = "4.0"
    size    = "100Gi"
  }
}
