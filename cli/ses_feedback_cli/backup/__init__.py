"""A copy of the ledger, restored."""
