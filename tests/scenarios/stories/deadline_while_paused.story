# No clock runs while it is paused.
hosts 3
plan {hostDeadline: 60s, progressDeadline: 90s}
apply v1
settle
apply v2
run 1ms
pause
run 30m
status
resume
settle
status
