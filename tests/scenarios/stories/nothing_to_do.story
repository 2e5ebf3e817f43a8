# None of these is in a state for it.
hosts 1
pause
apply v1
settle
pause
resume
abort
promote
approve
reject
undo
