job "run" {
  name            = "night.run"
  completions     = 3
  completion_mode = "Indexed"
  container "run" { image = "run:1" }
}
