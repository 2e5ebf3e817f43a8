# Back at once: the one before is still there.
hosts 3
apply v1
settle
bad v2 dies-after 30s on h01
apply v2
settle
status
