"""The operator's command, `ses-feedback`."""
