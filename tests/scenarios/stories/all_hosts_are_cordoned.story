hosts 2
apply v1
settle
cordon h01
cordon h02
apply v2
run 20m
status
cordon h01
uncordon h01
settle
status
