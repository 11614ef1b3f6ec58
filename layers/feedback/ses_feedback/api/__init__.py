"""The HTTP API: requests, their answers, and the description of both; `operations` does the work."""
