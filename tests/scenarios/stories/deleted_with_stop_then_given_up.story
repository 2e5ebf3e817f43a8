hosts 2
apply v1
settle
host h02 cut 1h
delete stop
run 60s
status
delete
run 1s
status
