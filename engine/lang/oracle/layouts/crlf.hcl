app "web" {
  a = 1 # one
  bbb=2


  t = <<EOT
 x
EOT
  c = [
1,
  2 ]
}
