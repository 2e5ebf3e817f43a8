# The bake goes on from when it began.
hosts 3
apply v1
settle
plan {steps: [{hosts: 1, weight: 5%, bake: 60s}]}
apply v2
run 20s
controller kill
run 5s
controller start
settle
status
