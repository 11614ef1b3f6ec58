"""The options and the help of every command, one file a command.

What a command does is imported inside its function, when it runs: so help and classification start at once.
"""
