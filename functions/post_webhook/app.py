"""Posts feedback to the customer's own application, signed, one event at a time."""

import os
from logging import getLogger
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ses_feedback.cached_secret import CachedSecret
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.webhook.delivery import WebhookDelivery
from ses_feedback.webhook.post import WebhookAddress

logger = Logger()
sqs = boto3.client("sqs")
delivery = WebhookDelivery(
    sqs=sqs,
    queue_url=os.environ["WEBHOOK_QUEUE_URL"],
    address=WebhookAddress(os.environ["WEBHOOK_URL"], allow_private=os.environ["WEBHOOK_ALLOW_PRIVATE"] == "true"),
    secret=CachedSecret(boto3.client("secretsmanager"), os.environ["WEBHOOK_SECRET"]),
    dead_letters=DeadLetters(sqs, os.environ["DEAD_LETTERS_URL"], "post_webhook"),
    logger=getLogger(logger.name),
)


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answers the records that must come again."""
    return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in delivery.deliver(event["Records"])]}
