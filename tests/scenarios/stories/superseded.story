# The next one takes over without a host more in change than may be.
hosts 4
plan {maxSurge: 2}
apply v1
settle
apply v2
run 3s
apply v3
settle
status
