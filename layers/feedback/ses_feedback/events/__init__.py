"""Pure: from any envelope to the SES event in it, and from that to one report about one recipient."""
