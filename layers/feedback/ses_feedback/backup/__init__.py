"""Copies of the ledger: their format, and how they are written, read and restored."""
