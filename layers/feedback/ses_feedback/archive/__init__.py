"""What Firehose wrote to S3: read as a stream, and reported to the feedback queue."""
