job "load" {
  concurrency = "Forbid"
  container "load" { image = "load:1" }
}
