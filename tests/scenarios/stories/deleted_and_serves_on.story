hosts 3
apply v1
settle
delete
run 1s
status
host h02 crash
run 1s
status
# The same revision: nothing starts anew.
apply v1
settle
status
