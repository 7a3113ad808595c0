config "site" {
  annotations = { "shop.io/page" = join("", [for i in range(300) : format("%01000d", 0)]) }
  data        = { color = "blue" }
}
app "web" {
  annotations     = { "shop.io/page" = join("", [for i in range(200) : format("%01000d", 0)]) }
  pod_annotations = { "shop.io/more" = join("", [for i in range(200) : format("%01000d", 0)]) }
  container "web" { image = "web:1" }
}
