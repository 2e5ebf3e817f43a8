hosts 6
apply v1
settle
apply v2
run 15s
plan {maxSurge: 3}
apply v2
settle
status
