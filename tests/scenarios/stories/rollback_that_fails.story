# It stops and says so; what serves goes on.
hosts 2
plan {keepWarm: 0s, progressDeadline: 400s}
apply v1
settle
bad v2 never-ready on h02
apply v2
run 12s
bad v1 never-ready
settle
status
