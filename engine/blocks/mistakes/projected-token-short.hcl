app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.data }
  }
}
volume "data" {
  projected {
    service_account_token {
      path               = "token"
      expiration_seconds = 60
    }
  }
}
