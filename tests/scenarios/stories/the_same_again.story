# Re-applying the same spec changes nothing.
hosts 2
apply v1
settle
apply v1
apply v2
run 1s
apply v2
settle
apply v2
