"""May I write to an address, why not, and what people decide about it."""
