"""Who is suppressed: shown, searched, and written as a list."""
