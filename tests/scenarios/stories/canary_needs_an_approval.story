# Of another operator than who started it.
hosts 3
apply v1
settle
plan {steps: [{hosts: 1, weight: 10%, approval: fourEyes}]}
apply v2 by ann
run 1h
status
promote by bob
promote by bob
promote-fully by bob
approve by ann
approve by bob
settle
approve by bob
