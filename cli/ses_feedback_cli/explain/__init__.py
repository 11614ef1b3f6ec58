"""What an event means, and why a mail bounced."""
