# What a change from an earlier configuration says: old addresses, objects that are there already, and time for them.
moved {
  from = app.site
  to   = app.web
}

removed { from = app.old }

import {
  to = config.settings
  id = "settings-of-old"
}

check "name" {
  assert {
    condition     = app.web.name != ""
    error_message = "It has no name."
  }
}

app "web" {
  replicas = 2
  container "web" { image = "web:1.27" }
  timeouts {
    create = "1h30m"
    update = "15m"
    delete = "90s500ms"
  }
}

config "settings" {
  name = "settings-of-old"
  data = { mode = "fast" }
  timeouts { create = "30s" }
}
