# There is nothing to go back to.
hosts 2
bad v1 never-ready
apply v1
settle
status
