#> Deployment/web metadata.labels.tier = "front"
#> Deployment/web spec.template.metadata.labels.tier = "front"
#> Deployment/web metadata.annotations["shop.io/owner"] = "team-a"
#> Deployment/web spec.template.metadata.annotations["shop.io/owner"] = "team-a"
#> Deployment/web spec.template.metadata.annotations["shop.io/scrape"] = "true"
#> Service/web-svc metadata.labels.tier = "back"
#> Service/web-svc metadata.annotations["shop.io/owner"] = "team-b"

project "coverage" {}

app "web" {
  labels          = { tier = "front" }
  annotations     = { "shop.io/owner" = "team-a" }
  pod_annotations = { "shop.io/scrape" = true }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

service "web" {
  app         = app.web
  labels      = { tier = "back" }
  annotations = { "shop.io/owner" = "team-b" }
}
