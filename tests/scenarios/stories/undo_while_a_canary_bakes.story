hosts 3
apply v1
settle
plan {steps: [{hosts: 1, weight: 50%, bake: 10m, approval: required}]}
apply v2
run 30s
undo
settle
status
