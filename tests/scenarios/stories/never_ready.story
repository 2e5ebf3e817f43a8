hosts 2
apply v1
settle
bad v2 never-ready
apply v2
settle
status
