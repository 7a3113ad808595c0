#> HorizontalPodAutoscaler/web apiVersion = "autoscaling/v2"
#> HorizontalPodAutoscaler/web spec.minReplicas = 2
#> HorizontalPodAutoscaler/web spec.maxReplicas = 10
#> HorizontalPodAutoscaler/web spec.metrics[0].resource = {"name":"cpu","target":{"averageUtilization":70,"type":"Utilization"}}
#> HorizontalPodAutoscaler/web spec.metrics[1].resource = {"name":"memory","target":{"averageUtilization":80,"type":"Utilization"}}
#> HorizontalPodAutoscaler/web spec.metrics[2].pods = {"metric":{"name":"requests_per_second"},"target":{"averageValue":"100","type":"AverageValue"}}
#> HorizontalPodAutoscaler/web spec.behavior.scaleDown.stabilizationWindowSeconds = 600
#> HorizontalPodAutoscaler/web spec.behavior.scaleUp.policies = [{"periodSeconds":60,"type":"Pods","value":4}]

project "coverage" {}

app "web" {
  replicas = 2
  container "web" {
    image = "web:1"
    resources { requests = { cpu = "100m", memory = "128Mi" } }
  }
}

autoscale "web" {
  target       = app.web
  min_replicas = 2
  max_replicas = 10
  metric "cpu" { average_utilization = 70 }
  metric "memory" { average_utilization = 80 }
  metric "requests_per_second" { average_value = 100 }
  behavior {
    scale_down { stabilization_window_seconds = 600 }
    scale_up {
      policy {
        type           = "Pods"
        value          = 4
        period_seconds = 60
      }
    }
  }
}
