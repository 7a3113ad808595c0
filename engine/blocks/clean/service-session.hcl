app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "web" {
  app                               = app.web
  type                              = "LoadBalancer"
  session_affinity                  = "ClientIP"
  session_affinity_timeout_seconds  = 60
  allocate_load_balancer_node_ports = false
}
