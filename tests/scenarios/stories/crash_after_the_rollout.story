# Nobody goes back: the agent starts it again.
hosts 2
apply v1
settle
apply v2
settle
host h01 crash
run 30s
status
