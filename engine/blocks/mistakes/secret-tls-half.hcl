secret "web" {
  type = "kubernetes.io/tls"
  data = { "tls.crt" = "x" }
}
