# Asked three times, the canary fails three times; no other host is touched.
hosts 3
plan {retries: 2}
apply v1
settle
bad v2 never-ready on h01
apply v2
settle
status
