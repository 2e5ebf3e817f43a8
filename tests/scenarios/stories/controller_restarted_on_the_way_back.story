hosts 3
apply v1
settle
bad v2 dies-after 15s
apply v2
run 16s
controller kill
run 20s
controller start
settle
status
