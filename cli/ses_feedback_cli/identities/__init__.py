"""What SES is told to report: planned and applied."""
