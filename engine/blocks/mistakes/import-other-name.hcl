import {
  to = app.web
  id = "website"
}

app "web" {
  container "web" { image = "web:1" }
}
