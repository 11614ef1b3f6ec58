"""SES's own suppression list, kept in step with the ledger."""
