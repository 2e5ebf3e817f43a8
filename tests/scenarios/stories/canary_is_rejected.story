hosts 3
apply v1
settle
plan {steps: [{hosts: 1, weight: 10%, approval: required}]}
apply v2
run 30s
reject
settle
status
