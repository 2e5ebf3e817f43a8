# Complete without it; it catches up when it is back.
hosts 3
apply v1
settle
cordon h02
apply v2
settle
status
uncordon h02
run 30s
status
