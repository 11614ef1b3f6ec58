"""SES Feedback: what Amazon SES reports becomes one decision about one recipient.

Pure core (imports neither boto3 nor Powertools): vocabulary, errors, transport, notification, feedback,
classification, settings, routing, policy, suppression. Edges: ledger, alert_outbox, dead_letters, archive.
"""
