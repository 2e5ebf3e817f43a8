# It begins with the first of the new ones; no host gives back what it has.
hosts 3
apply v1
settle
plan {steps: [{hosts: 1, weight: 5%, bake: 10s}, {hosts: 1, weight: 50%, bake: 1h}]}
apply v2
run 30s
plan {steps: [{hosts: 1, weight: 10%, approval: required}]}
apply v2
run 1m
status
approve
settle
