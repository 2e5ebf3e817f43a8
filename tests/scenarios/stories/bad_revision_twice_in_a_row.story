# Whoever is on the first bad one is mended before a healthy host is touched.
hosts 4
plan {maxSurge: 2, onFailure: pause}
apply v1
settle
bad v2 never-ready
bad v3 never-ready
apply v2
run 30s
apply v3
run 30s
apply v4
settle
status
