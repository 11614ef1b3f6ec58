"""What Firehose wrote to S3, replayed."""
