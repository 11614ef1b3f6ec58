"""SES's own suppression list, kept in sync with the ledger."""
