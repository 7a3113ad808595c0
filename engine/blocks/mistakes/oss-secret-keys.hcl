app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.data }
  }
}
volume "data" {
  oss {
    bucket = "media"
    url    = "oss.aliyuncs.com"
    secret = secret.oss
  }
}
secret "oss" { data = { id = "x", akSecret = "y" } }
