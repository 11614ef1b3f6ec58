"""What SES is configured to report, and to where: the plan is pure, `ses` and `topics` carry it out."""
