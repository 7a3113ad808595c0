app "iis" {
  os            = "windows"
  node_selector = { "kubernetes.io/os" = "windows" }
  container "iis" {
    image = "iis:2022"
    port "http" { container_port = 80 }
  }
}
