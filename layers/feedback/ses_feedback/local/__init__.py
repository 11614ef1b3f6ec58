"""Dry runs: what each function would do, for `sam local invoke` without a stack. A module for each function."""
