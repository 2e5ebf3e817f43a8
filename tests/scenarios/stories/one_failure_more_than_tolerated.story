hosts 4
plan {failureTolerance: 1}
apply v1
settle
bad v2 never-ready on h02,h03
apply v2
settle
status
