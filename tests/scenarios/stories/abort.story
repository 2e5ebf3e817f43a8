hosts 3
apply v1
settle
apply v2
run 15s
abort
settle
status
