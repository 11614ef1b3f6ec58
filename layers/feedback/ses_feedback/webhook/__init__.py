"""What the customer's own application is notified of: its shape, its signature, its delivery."""
