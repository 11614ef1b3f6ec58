"""Pure: why a mail bounced or is delayed, by an ordered table of rules (rules.toml)."""
