hosts 4 zone=a,b
apply v1
settle
freeze zone=a
apply v2
run 1h
status
apply v3
run 1m
exempt
settle
status
# Not the next one.
apply v4
run 1m
status
unfreeze zone=b
unfreeze zone=a
settle
