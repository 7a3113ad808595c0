policy "no_latest" {
  kinds         = ["Deployment", "StatefulSet", "DaemonSet"]
  condition     = "object.spec.template.spec.containers.all(c, c.image.contains(':') && !c.image.endsWith(':latest'))"
  error_message = "An image has a tag that says what runs."
}

policy "owner" {
  condition     = "has(object.metadata.labels.team)"
  error_message = "Every object names its team."
  severity      = "warning"
}

app "web" {
  container "web" { image = "web" }
}
