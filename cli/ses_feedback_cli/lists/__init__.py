"""Lists of suppressions as other providers write them: imported, exported, and what they forecast."""
