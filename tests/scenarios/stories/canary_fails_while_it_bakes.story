# The host's clients are back at once, the others never met it.
hosts 3
apply v1
settle
bad v2 dies-after 40s
plan {steps: [{hosts: 1, weight: 5%, bake: 2m}]}
apply v2
settle
status
