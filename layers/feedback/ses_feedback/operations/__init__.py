"""What operators and applications ask and decide about addresses, whether by the command line or the HTTP API."""
