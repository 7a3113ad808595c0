app "web" {
  claim_retention { when_deleted = "Delete" }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
