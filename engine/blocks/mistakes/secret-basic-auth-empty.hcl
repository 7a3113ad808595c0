secret "login" {
  type = "kubernetes.io/basic-auth"
  data = { user = "me" }
}
