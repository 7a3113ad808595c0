app "kafka" {
  kind         = "StatefulSet"
  service_name = service.kafka.name
  container "kafka" {
    image = "kafka:3"
    port "broker" { container_port = 9092 }
  }
}

service "kafka" {
  app                         = app.kafka
  type                        = "Headless"
  publish_not_ready_addresses = true
}
