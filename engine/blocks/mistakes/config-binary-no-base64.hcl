config "web" {
  data        = { "logo.png" = "text" }
  binary_data = { "logo.png" = "iVBORw0KGgo=", "font.woff" = "not base64!" }
}
