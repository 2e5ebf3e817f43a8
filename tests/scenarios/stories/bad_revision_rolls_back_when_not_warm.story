# The one before was ended: it is started again, as many at a time as may be.
hosts 3
plan {keepWarm: 0s}
apply v1
settle
bad v2 never-ready on h03
apply v2
settle
status
