# For hosts short of memory: a warm one ends before the next begins.
hosts 3
plan {maxSurge: 3, maxOverlap: 1}
apply v1
settle
apply v2
settle
status
