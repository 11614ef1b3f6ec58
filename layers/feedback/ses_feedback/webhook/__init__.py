"""What the customer's own application is told of each event: its shape, its signature, its delivery."""
