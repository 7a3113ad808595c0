locals {
  sum        = 1 + 2 - 3 * 4 / 5 % 6
  negative   = -1
  difference = 5 - -1
  negated    = !var.ready && !(var.a || var.b)
  compared   = var.a >= 1 && var.b <= 2 || var.c != 3 && var.d == 4
  chosen     = var.a > 0 ? "yes" : "no"
  nested     = var.a > 0 ? (var.b < 0 ? [-1, -2] : [1, 2]) : []
  called     = max(1, -2, min(3, 4)...)
  indexed    = var.list[0][-1 + 2]["key"]
  splat      = var.list[*].name
  old_splat  = var.list.*.name
  old_index  = var.list.0.name
  namespaced = provider::text::upper("x")
  empty      = {}
  none       = []
  object     = { a = 1, "b" = 2, (var.key) = 3 }
  colons     = { a : 1, b : 2 }
  tuple      = [1, 2, [3, 4], { five = 5 }]
  for_list   = [for x in var.list : upper(x) if x != ""]
  for_object = { for k, v in var.map : k => v... if v != null }
  for_tuple  = [for x in [1, 2, 3] : -x]
  number     = 1.5e-3
  parens     = ((1))
}
