tag      = "v1"
replicas = 3
web = {
  host     = "shop.io"
  replicas = 2
}
hosts = ["a", "b"]
