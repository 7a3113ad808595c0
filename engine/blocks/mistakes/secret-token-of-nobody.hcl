secret "token" {
  type = "kubernetes.io/service-account-token"
  data = {}
}
