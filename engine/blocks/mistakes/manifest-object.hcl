manifest "nothing" {}

manifest "both" {
  name   = "both"
  yaml   = ""
  object = { apiVersion = "v1", kind = "ConfigMap" }
}

manifest "names" {
  name   = "names"
  object = { apiVersion = "v1", kind = "ConfigMap", metadata = { name = "other" } }
}
