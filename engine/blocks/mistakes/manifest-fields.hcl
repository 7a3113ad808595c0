manifest "fields" {
  object = { apiVersion = "v1", kind = "ConfigMap", dta = { a = "b" }, binaryData = { c = "?" } }
}
