apply v1
run 1m
status
hosts 1
settle
status
