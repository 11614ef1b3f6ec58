"""What a team is told of an event: how soon, over which channel, and in which words."""
