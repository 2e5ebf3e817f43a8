hosts 2
apply v1
settle
plan {maxSurge: 2, steps: [{hosts: 1, weight: 5%, bake: 2m}]}
apply v2
run 10s
join h03
run 20s
status
settle
status
