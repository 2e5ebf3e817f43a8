# Nothing runs yet: as many at once as may be in change.
hosts 4
plan {maxSurge: 2}
apply v1
settle
status
