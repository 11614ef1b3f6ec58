"""The deployed stack, end to end: built and deployed by SAM, run by MiniStack."""
