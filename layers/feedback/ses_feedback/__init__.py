"""SES Feedback: what Amazon SES reports becomes one decision about one recipient.

The core is pure and imports neither boto3 nor Powertools. The edges talk to AWS: ledger, suppressed_index,
alert_outbox, alert_sender, dead_letters and archive_reports; intake and alert_dispatch put both to work.
"""
