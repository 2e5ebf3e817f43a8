# Each host that changes is one that may be out of service.
hosts 4
plan {maxSurge: 0, maxUnavailable: 2}
apply v1
settle
apply v2
settle
