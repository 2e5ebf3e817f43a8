# The first start fails on one host; asked again, it does well.
hosts 3
plan {retries: 1}
apply v1
settle
bad v2 fails-once on h01
apply v2
settle
status
