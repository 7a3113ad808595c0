secret "deploy" {
  type = "kubernetes.io/ssh-auth"
  data = { "ssh-privatekey" = "" }
}
