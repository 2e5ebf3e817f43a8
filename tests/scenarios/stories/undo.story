hosts 2
apply v1
settle
apply v2
settle
undo
settle
status
undo 7
