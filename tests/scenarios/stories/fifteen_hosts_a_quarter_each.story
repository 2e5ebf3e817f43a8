# 25% of 15 is 3.75: 4 in change, 3 out of service.
hosts 15
plan {maxSurge: 25%, maxUnavailable: 25%}
apply v1
settle
apply v2
settle
status
