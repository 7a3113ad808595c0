app "legacy" {
  name                 = "legacy-web"
  selector             = { run = "legacy-web" }
  annotations          = { "shop.io/owner" = "team web" }
  pod_annotations      = { "prometheus.io/scrape" = true }
  readiness_gates      = ["shop.io/warm"]
  preemption_policy    = "Never"
  enable_service_links = false
  container "web" {
    image                      = "web:1"
    stdin                      = true
    tty                        = true
    working_dir                = "/srv"
    termination_message_policy = "FallbackToLogsOnError"
  }
}
