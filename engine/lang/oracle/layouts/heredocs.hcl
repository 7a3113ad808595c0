locals {
  short = 1
  text  = <<EOT
  kept   as it   is
    $${a} ${var.a} ${ var.b  }
%{ if var.a ~}
  inside
%{ else ~}
 outside
%{ endif ~}
EOT
  after = 2

  flush = <<-EOT
    one
      two ${upper(
  "x"
)}
    # no comment
  EOT

  list = [<<-A
    a
    A
    , <<-B
    b
    B
  ]

  object = {
    script = <<-EOT
      #!/bin/sh
      exec   "$@"
    EOT
    mode = "0755"
  }
  last = trimspace(<<EOT
x
EOT
  )
}
