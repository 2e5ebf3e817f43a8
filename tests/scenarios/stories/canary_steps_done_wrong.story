# Each is refused, with the place and the rule.
hosts 1
plan {steps: [{hosts: 2}, {hosts: 1}]}
plan {steps: [{hosts: 1, weight: 50%}, {hosts: 1, weight: 5%}]}
plan {steps: [{hosts: 2, weight: 5%}]}
plan {steps: [{hosts: 1, weight: 101%}]}
plan {maxSurge: 0, maxUnavailable: 0}
plan {minReady: 10m}
plan {hostDeadline: 20m}
