app "web" {
  container "web" { image = "web:1" }
  raw = { spec = { template = { spec = { volumes = [{ emptyDir = {} }] } } } }
}
