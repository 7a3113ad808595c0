locals {
  a = [[
    1, 2
  ], [3]]
  b = merge({
    x = 1
    yy = 2
    }, {
    z = 3
  })
  c = [
    { a = 1
      b = 2 },
    [
      1
    ],
  ]
  d = foo(
    1,
    bar(2,
      3
    ),
  )
  e = ((
    1
  ))
  f = [for x in var.list : {
    name = x
    long_name = x
    } if x != ""
  ]
  g = {
    for k, v in var.map :
    k => v
    if v
  }
  h = (
    var.a
    && var.b
    || var.c
  )
  i = var.a ? [
    1
    ] : [
    2
  ]
  j = { a = { b = { c = [1, {
    d = 1
  }] } } }
}
