"""Pure: whose mail it was, what evidence it gives, and whether mail may still be sent to the address."""
