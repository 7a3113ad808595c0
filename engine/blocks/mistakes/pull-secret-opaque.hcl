app "web" {
  image_pull_secrets = [secret.reg]
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
secret "reg" { data = { user = "me" } }
