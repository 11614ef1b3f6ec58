"""The options and the help of each command, one file per command.

A command imports its work inside its function, to keep start-up fast: help and classification need little of it.
"""
