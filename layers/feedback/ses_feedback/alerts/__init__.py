"""What a team is notified of: how soon, over which channel, and in which words."""
