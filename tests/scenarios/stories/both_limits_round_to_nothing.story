# 0% and 10% of 5 is 0.5: surge becomes 1.
hosts 5
plan {maxSurge: 0, maxUnavailable: 10%}
apply v1
settle
apply v2
settle
