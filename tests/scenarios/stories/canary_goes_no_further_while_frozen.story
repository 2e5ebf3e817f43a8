hosts 3
plan {steps: [{hosts: 1, weight: 5%, bake: 1m}, {hosts: 1, weight: 50%}]}
apply v1
settle
apply v2
run 30s
freeze
run 10m
status
unfreeze
settle
