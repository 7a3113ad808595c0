app "web" {
  claim_retention "x" {}
  kind = "StatefulSet"
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
