app "web" {
  topology_spread {
    topology_key       = "zone"
    when_unsatisfiable = "ScheduleAnyway"
    min_domains        = 3
  }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
