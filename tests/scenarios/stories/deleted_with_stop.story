hosts 3
apply v1
settle
apply v2
run 1ms
host h03 cut 60s
delete stop
run 10s
# It is there until the last one has ended.
status
apply v3
controller kill
run 1s
controller start
run 90s
status
apply v3
settle
status
