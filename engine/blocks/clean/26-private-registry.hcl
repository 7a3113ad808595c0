app "api" {
  image_pull_secrets = [secret.registry]
  container "api" {
    image             = "reg.shop.io:5000/shop/api@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    image_pull_policy = "Always"
  }
}

secret "registry" {
  data = { ".dockerconfigjson" = "{\"auths\":{}}" }
  type = "kubernetes.io/dockerconfigjson"
}
