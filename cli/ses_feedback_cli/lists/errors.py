"""What is wrong with a list as a whole."""


class UnusableList(Exception):
    """It cannot be read: which file, why, and what to do. Nothing was imported."""
