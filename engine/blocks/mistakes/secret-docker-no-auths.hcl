secret "reg" {
  type = "kubernetes.io/dockerconfigjson"
  data = { ".dockerconfigjson" = jsonencode({ "registry.example.com" = { username = "me" } }) }
}
