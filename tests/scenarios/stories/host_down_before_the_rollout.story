# Hosts that were down before hold it, and don't fail it.
hosts 3
apply v1
settle
host h02 cut 30m
run 2m
apply v2
run 20m
status
run 10m
settle
status
