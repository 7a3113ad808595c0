secret "reg" {
  type = "kubernetes.io/dockerconfigjson"
  data = { ".dockerconfigjson" = "user:password" }
}
secret "old" {
  type = "kubernetes.io/dockercfg"
  data = { ".dockercfg" = "[1]" }
}
