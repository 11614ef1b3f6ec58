"""SES Feedback: what Amazon SES reports becomes one decision about one recipient.

The floors of the house, from the roof down. Imports go down only, and rooms on one floor do not know each other;
import-linter holds that (pyproject.toml), so that a change stays where it was made.

    entry            the way into every function: is the event for it, and is there a stack?
    local            what each function would do, where `sam local invoke` runs it without a stack
    handlers         what a function's app.py hands over to: the rooms below, put together and put to work
    api              the HTTP API: what it is asked, what it answers
    operations       what operators and applications ask and decide about addresses
    intake           one message is processed: what wires everything below together
    backup           copies of the ledger, written, read and restored
    ledger           the history and the state of every address, in DynamoDB
    metrics          what is counted for CloudWatch, and its alarms
    decision         pure: whose mail it was, and what follows for the address
    alerts           what a team is notified of, when, and how it reads
    ses_setup        what SES is configured to report, and where to
    webhook          what the customer's own application is notified of
    archive          what Firehose wrote to S3
    https            what arrives over HTTPS, and whether to believe it
    settings         feedback.toml: teams, environments, message streams, policy
    events           pure: from any envelope to one report about one recipient
    bounces          pure: why a mail bounced

On the ground are the words that all share (`vocabulary`), the errors, the values that pass from room to room
(`address`, `scope`, `timestamp`, `event_id`, `event_row`), and the ways to AWS and to Lambda: `strict_json`,
`attribute_values`, `aws_client`, `aws_errors`, `batches`, `dead_letters`, `cached_secret`, `custom_resource`,
`environment`.
"""
