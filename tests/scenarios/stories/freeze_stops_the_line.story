# Longer than any deadline; who has begun gets there.
hosts 4
apply v1
settle
apply v2
run 1s
freeze
run 2h
status
freeze
unfreeze
settle
status
