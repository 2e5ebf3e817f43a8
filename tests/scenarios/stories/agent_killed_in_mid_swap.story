hosts 2
apply v1
settle
apply v2
run 1ms
host h01 kill-agent
run 20s
host h01 start-agent
settle
status
