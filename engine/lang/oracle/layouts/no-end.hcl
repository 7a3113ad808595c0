a=1
bb=2 # no end of line