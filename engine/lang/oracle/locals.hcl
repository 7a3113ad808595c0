# What templates yield over several lines; read by Terraform and by the test beside it.
locals {
  items = ["a", "b"]
  name  = "world"
  empty = []
  object = {
    number = 1
    text   = "x"
    nested = { list = [1, 2, 3] }
  }

  heredoc       = <<EOT
  hello ${local.name}
    indented
EOT
  flush         = <<-EOT
      four
        six

      four again
    EOT
  flush_for     = <<-EOT
    %{for i in local.items}
    - ${i}
    %{endfor}
    end
  EOT
  flush_for_nl  = <<-EOT
    %{for i in local.items~}
    - ${i}
    %{endfor~}
    end
  EOT
  flush_interp  = <<-EOT
      ${local.name}
    x ${local.name}
  EOT
  flush_zero    = <<-EOT
    a
  ${local.name}
      b
  EOT
  strip_before  = <<EOT
one

   ${~local.name}
two
EOT
  strip_after   = <<EOT
one ${local.name~}

   two
EOT
  strip_both    = <<-EOT
    a
    %{~if true~}
    b
    %{~else~}
    c
    %{~endif~}
    d
  EOT
  nested_for    = <<-EOT
    %{for i in local.items~}
    %{for j in local.items~}
    ${i}${j}
    %{endfor~}
    %{endfor~}
  EOT
  if_else       = "%{if local.name == "world"}yes%{else}no%{endif}"
  if_empty      = "%{if false}yes%{endif}"
  if_escape     = "%{if true}a\tb\"c\"%{endif}"
  for_inline    = "%{for k, v in local.object.nested.list}${k}=${v};%{endfor}"
  strip_inline  = "a   ${~local.name~}   b"
  strip_newline = "a \n\n ${~local.name~} \n\n b"
  escapes       = "$${a} %%{b} $a %b $$ %% \u00e9 \\ \" \t|"
  heredoc_esc   = <<EOT
$${a} \n "quoted" %%{x} \${local.name}
EOT
  marker_inside = <<EOT
EOTX
 EOTY
not EOT
EOT
  only_blank    = <<-EOT

  EOT
  nothing       = <<EOT
EOT
  tabs          = <<-EOT
		two tabs
			three
	EOT
  single        = "${local.items}"
  single_number = "${1}"
  two_numbers   = "${1}${2}"
}
# What templatestring() is given.
locals {
  template        = "hello $${name}"
  template_bad    = "hello $${"
  template_for    = "%%{ for i in items }<$${i}>%%{ endfor }"
  template_local  = "$${local.name}"
  template_call   = "$${upper(name)}"
  template_number = "$${1 + 1}"
}
