locals {
  plain      = "text"
  one        = "a ${var.a} b"
  two        = "${var.a}${var.b}"
  wrapped    = "${var.a}"
  wrapped_op = "${var.a + 1}"
  in_call    = upper("${var.a}")
  in_object  = { a = "${var.a}" }
  nested     = "${lookup(var.map, "${var.key}")}"
  object     = "${ { a = 1 } }"
  escaped    = "$${not} %%{this} \" \\ \n ${"deep ${"er"}"}"
  directive  = "%{ if var.a }yes%{ else }no%{ endif }"
  repeat     = "%{ for x in var.list ~} ${x}, %{~ endfor }"
  stripped   = "a ${~ var.a ~} b"
  dollars    = "$ $$ % %% 100% ${var.a}$"
  multi = "${
    var.a
  }"
  parens = "${(
    var.a
  )}"
  many = "${
    var.a ?
    var.b :
    var.c
  }"
}
