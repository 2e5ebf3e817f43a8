hosts 8
apply v1
settle
plan {maxSurge: 2, steps: [{hosts: 1, weight: 5%, bake: 2m}, {hosts: 1, weight: 50%}, {hosts: 25%, bake: 1m}]}
apply v2
settle
status
