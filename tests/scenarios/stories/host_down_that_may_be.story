# It is not waited for, and mended when it is back.
hosts 3
plan {maxUnavailable: 1}
apply v1
settle
host h02 cut 10m
run 2m
apply v2
settle
status
run 10m
status
