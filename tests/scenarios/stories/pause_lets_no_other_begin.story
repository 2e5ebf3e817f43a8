# Those that have begun finish.
hosts 3
apply v1
settle
apply v2
run 1ms
pause
run 60s
status
resume
settle
