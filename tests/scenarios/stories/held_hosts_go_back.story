hosts 3
plan {keepWarm: 10m}
apply v1
settle
bad v2 dies-after 15s on h02
apply v2
run 14s
cordon h01
freeze
settle
status
