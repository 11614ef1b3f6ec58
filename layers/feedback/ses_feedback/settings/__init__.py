"""feedback.toml: teams, environments, message streams and policy, checked when they are read."""
