# A host that leaves keeps what it runs; one that joins gets the stable revision first.
hosts 3
apply v1
settle
apply v2
run 5s
host h03 label role=none
join h09
settle
status
