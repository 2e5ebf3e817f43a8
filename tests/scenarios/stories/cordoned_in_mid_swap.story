# What has begun there gets to its end, and the rollout waits for that.
hosts 2
apply v1
settle
apply v2
run 1s
cordon h01
settle
status
