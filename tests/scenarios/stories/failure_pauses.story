# A person decides: again, and it is a new attempt.
hosts 2
plan {onFailure: pause}
apply v1
settle
bad v2 never-ready on h01
apply v2
run 30s
status
bad v2 never-ready on nobody
resume
settle
status
