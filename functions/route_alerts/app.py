"""Tells the teams: gathers alerts per team, and sends each team one mail per window, or at once."""

import os
from logging import getLogger
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ses_feedback.alerts.dispatch import AlertDispatch
from ses_feedback.alerts.outbox import AlertOutbox
from ses_feedback.alerts.sender import AlertSender
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.settings.file import load_settings

LEASE_SECONDS = 70  # the function's timeout in template.yaml, and a little

logger = Logger()
sqs = boto3.client("sqs")
dead_letters = DeadLetters(sqs, os.environ["DEAD_LETTERS_URL"], "route_alerts")
dispatch = AlertDispatch(
    outbox=AlertOutbox(
        dynamodb=boto3.client("dynamodb"),
        table=os.environ["ALERT_TABLE_NAME"],
        sqs=sqs,
        queue_url=os.environ["ALERT_QUEUE_URL"],
        dead_letters=dead_letters,
        window_seconds=int(os.environ["ALERT_WINDOW_SECONDS"]),
        lease_seconds=LEASE_SECONDS,
    ),
    sender=AlertSender(
        boto3.client("sesv2"),
        boto3.client("sns"),
        sender=os.environ["ALERT_SENDER"],
        topic_prefix=os.environ["TOPIC_PREFIX"],
    ),
    dead_letters=dead_letters,
    settings=load_settings(),
    logger=getLogger(logger.name),
)


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answers the records that must come again: those of a team that could not be told."""
    failed = dispatch.attend(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in failed]}
