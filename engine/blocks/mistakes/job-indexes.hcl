job "load" {
  completion_mode = "Indexed"
  container "load" { image = "load:1" }
}
