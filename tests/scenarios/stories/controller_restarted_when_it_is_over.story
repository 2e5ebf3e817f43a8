hosts 2
apply v1
settle
apply v2
settle
controller kill
run 5m
controller start
run 1m
status
