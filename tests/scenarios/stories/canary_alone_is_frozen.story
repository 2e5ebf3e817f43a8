# Longer than any deadline: that it goes no further is nobody's failure.
hosts 3 zone=a,b,c
plan {steps: [{hosts: 1, weight: 5%, bake: 1m}, {hosts: 1, weight: 50%}]}
apply v1
settle
apply v2
run 30s
freeze zone=a
run 2h
status
unfreeze zone=a
settle
