# The first of each zone before the second of any.
hosts 6 zone=a,a,b
plan {maxSurge: 3, spread: zone, steps: [{hosts: 2, bake: 30s}]}
apply v1
settle
apply v2
run 35s
status
settle
