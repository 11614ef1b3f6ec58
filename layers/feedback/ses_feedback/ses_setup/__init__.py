"""What SES is told to report, and where to: the plan is pure, `ses` and `topics` carry it out."""
