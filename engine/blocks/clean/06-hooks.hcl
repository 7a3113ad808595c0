app "api" {
  termination_grace_period_seconds = 60
  container "api" {
    image = "api:1"
    port "http" { container_port = 80 }
    post_start {
      http_get {
        port = "http"
        path = "/warm"
      }
    }
    pre_stop {
      sleep { seconds = 10 }
    }
  }
}
