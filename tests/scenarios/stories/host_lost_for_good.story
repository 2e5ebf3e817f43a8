# It had been asked and did not get there: its deadline, and the way back.
hosts 3
apply v1
settle
plan {hostDeadline: 100s, progressDeadline: 300s}
apply v2
run 1ms
host h01 cut 20m
settle
status
run 20m
status
