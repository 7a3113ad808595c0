app "gallery" {
  container "gallery" {
    image = "gallery:1"
    mount "/pictures" { volume = volume.pictures }
  }
}

volume "pictures" {
  oss {
    bucket = "pictures"
    url    = "oss-cn-hangzhou-internal.aliyuncs.com"
    secret = secret.oss
  }
}

secret "oss" {
  existing = "oss"
  keys     = ["akId", "akSecret"]
}
