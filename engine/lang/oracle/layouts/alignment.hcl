locals {
  a                = 1
  long_name        = 2
  longer_name_here = [1, 2, 3]

  b = 1
  cc = {
    x   = 1
    yyy = 2
  }
  ddd  = 3
  eeee = 4
  app  = "größe" # umlaut
  日本   = "日本"    # wide
  text = "👩‍👩‍👧 e\u0301" # joined
  é    = "é"     # combined
}
object = {
  "quoted key" = 1
  (var.x)      = 2
  plain        = 3
  5            = 5
}
