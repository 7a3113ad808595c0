app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    resources {
      limits = { "hugepages-2Mi" = "4Mi" }
    }
  }
}
