# 1% of 2 is 0.02: rounded up a surge of 1, rounded down nobody out of service.
hosts 2
plan {maxSurge: 1%, maxUnavailable: 1%}
apply v1
settle
apply v2
settle
status
