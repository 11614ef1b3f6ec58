"""A list of recipients without those whom nobody may write to."""
