app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    resources {
      limits = { memory = "1Gi", "hugepages-x" = "2Mi" }
    }
  }
}
