"""What SES reports, as the settings say: planned and applied."""
