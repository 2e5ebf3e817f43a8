hosts 3
apply v1
settle
plan {steps: [{hosts: 1, weight: 5%, bake: 2h}, {hosts: 1, weight: 50%, bake: 2h}]}
apply v2
promote
run 10s
promote
run 5s
promote-fully
settle
promote
