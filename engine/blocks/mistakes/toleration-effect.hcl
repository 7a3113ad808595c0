app "web" {
  toleration {
    key    = "a"
    effect = "NoExec"
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
