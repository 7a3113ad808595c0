app "web" {
  service_account = "Web_Account"
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
