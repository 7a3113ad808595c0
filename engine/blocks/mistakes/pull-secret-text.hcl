app "web" {
  image_pull_secrets = ["reg"]
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
