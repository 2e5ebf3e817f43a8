hosts 2
apply v1
settle
apply v2
run 1s
pause
abort
settle
status
