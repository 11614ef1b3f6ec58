"""Whether mail may be sent to an address, and why not; and what operators decide about it."""
