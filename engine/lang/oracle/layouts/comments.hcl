# A comment at the top.
// Another one.
/* And
     one of several
  lines. */

locals { # after the brace
  a   = 1 # one
  bb  = 22 // two
  ccc = 333 /* three */
  # between
  dddd = 4444 # four

  e = [ # open
    1,  # first
    22, # second
    # alone

    333 # third
  ]     # closed
  f = 1 /* inside */ + 2
  /* before */ g = 3
  h /* name */ = 4
  i = /* value */ 5
} # after the end

app "web" { /* inline */ }
# last
