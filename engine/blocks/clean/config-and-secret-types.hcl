config "web" {
  data        = { "app.conf" = "a = 1\n" }
  binary_data = { "logo.png" = "iVBORw0KGgo=" }
}

config "bytes" {
  binary_data = { "font.woff" = "d09GRg==" }
}

volume "web" {
  config {
    from  = config.web
    items = { "logo.png" = "logo.png" }
  }
}

app "web" {
  image_pull_secrets = [secret.reg]
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/srv" { volume = volume.web }
  }
}

secret "reg" {
  type = "kubernetes.io/dockerconfigjson"
  data = { ".dockerconfigjson" = jsonencode({ auths = { "registry.example.com" = { auth = "bWU6cHc=" } } }) }
}

secret "old" {
  type = "kubernetes.io/dockercfg"
  data = { ".dockercfg" = jsonencode({ "registry.example.com" = { auth = "bWU6cHc=" } }) }
}

secret "login" {
  type = "kubernetes.io/basic-auth"
  data = { password = "" }
}

secret "deploy" {
  type = "kubernetes.io/ssh-auth"
  data = { "ssh-privatekey" = "key" }
}

secret "tls" {
  type = "kubernetes.io/tls"
  data = { "tls.crt" = "", "tls.key" = "" }
}

secret "token" {
  type        = "kubernetes.io/service-account-token"
  annotations = { "kubernetes.io/service-account.name" = "default" }
  data        = {}
}
