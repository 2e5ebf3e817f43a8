# Its lease ends after 90 s: it counts as out of service until it is back.
hosts 3
apply v1
settle
plan {hostDeadline: 300s}
apply v2
run 1s
host h01 cut 120s
run 100s
status
run 60s
settle
status
