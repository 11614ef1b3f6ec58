"""What an event becomes, and why a mail bounced."""
