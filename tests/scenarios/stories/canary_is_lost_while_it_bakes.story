# The bake begins anew when it is back.
hosts 3
apply v1
settle
plan {steps: [{hosts: 1, weight: 5%, bake: 5m}]}
apply v2
run 60s
host h01 cut 120s
run 130s
settle
status
