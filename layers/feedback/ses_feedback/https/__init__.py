"""What SNS posts to the HTTPS endpoint, and whether to believe it."""
