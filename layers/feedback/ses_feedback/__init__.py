"""SES Feedback: what Amazon SES reports becomes one decision about one recipient.

The core is pure and imports neither boto3 nor Powertools. The edges talk to AWS: ledger, alert_outbox, alert_sender,
alert_dispatch, dead_letters, archive_reports and intake, which put the core to work.
"""
