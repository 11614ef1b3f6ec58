"""SES Feedback: what Amazon SES reports becomes one decision about one recipient.

Its modules, by what they are about (a test holds this list to the folder):

    in, from envelope to report     transport, notification, feedback, account_event
    words that all share            vocabulary, address, timestamp, errors, settings
    why it bounced                  classification, bounce_rules, bounce_reply, bounce_details
    whose it is, what follows       routing, policy, suppression, decision, refold, ruling, delisting
    the ledger                      intake, ledger, ledger_items, event_row, suppressed_index, attribute_values
    alerts to teams                 urgency, alert, alert_outbox, alert_dispatch, alert_sender
    how an alert reads              plain_words, alert_mail, alert_templates
    to the application              application_event, webhook_signature, webhook_post, webhook_delivery
    the archive                     archive, archive_reports, s3_event
    what is counted                 tally, tally_metrics, rate_alarms, alarm_setup
    over HTTPS                      https_request, sns_signature, sns_certificates, sns_receipt, remembered_secret
    what SES should be told         ses_target, ses_changes, identities, configuration_sets, ses_plan
    SES is told it                  ses_identities, feedback_topics, ses_apply, ses_report, custom_resource
    SES's own suppression list      ses_list
    backups                         backup, backup_reading, ledger_backup, ledger_restore
    what could not be handled       dead_letters

The core is pure and imports neither boto3 nor Powertools. The edges talk to AWS: ledger, suppressed_index,
alert_outbox, alert_sender, dead_letters, archive_reports, ledger_backup, ledger_restore, sns_receipt, ses_identities,
feedback_topics, ses_apply and tally_metrics; with a client that is handed in, alarm_setup, remembered_secret
and webhook_delivery; over HTTPS by themselves, custom_resource, sns_certificates and webhook_post. intake and
alert_dispatch put edges to work.
"""
