"""What could not be handled: listed, shown, and put back."""
