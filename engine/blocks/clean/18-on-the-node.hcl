app "probe" {
  kind         = "DaemonSet"
  host_network = true
  host_pid     = true
  dns_policy   = "ClusterFirstWithHostNet"
  container "probe" {
    image = "probe:1"
    port "metrics" {
      container_port = 9100
      host_port      = 9100
    }
    security_context { privileged = true }
  }
}
