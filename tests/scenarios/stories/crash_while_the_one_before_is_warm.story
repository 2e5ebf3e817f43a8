# The agent gives the clients back at once; the rollout goes back.
hosts 2
apply v1
settle
apply v2
run 12s
host h01 crash
settle
status
