hosts 3
apply v1
settle
apply v2
run 1ms
controller kill
run 5s
controller start
settle
status
