policy "no_latest" {
  kinds         = ["Deployment", "StatefulSet", "DaemonSet"]
  condition     = "object.spec.template.spec.containers.all(c, c.image.contains(':') && !c.image.endsWith(':latest'))"
  error_message = "An image has a tag that says what runs."
}

policy "widgets" {
  kinds         = ["Widget"]
  condition     = "object.spec.size > 0"
  error_message = "A widget has a size."
}

app "web" {
  replicas = 2
  container "web" { image = "web:1.27" }
}
