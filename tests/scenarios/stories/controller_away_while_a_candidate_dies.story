# The agent gives the clients back by itself, and tells when it can.
hosts 2
apply v1
settle
bad v2 dies-after 6s
apply v2
run 1s
controller kill
run 30s
controller start
settle
status
