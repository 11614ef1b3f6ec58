"""Posts feedback to the customer's own application, signed, one event at a time."""

from logging import getLogger
from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools import Logger

from ses_feedback.aws_client import client
from ses_feedback.cached_secret import CachedSecret
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.entry import enter
from ses_feedback.webhook.delivery import WebhookDelivery
from ses_feedback.webhook.post import WebhookAddress


class Environment(NamedTuple):
    webhook_queue_url: Annotated[str, "WebhookQueue"]
    webhook_url: Annotated[str, "WebhookUrl"]
    webhook_allow_private: Annotated[bool, "WebhookAllowPrivate"]
    webhook_secret: Annotated[str, "WebhookSecret"]
    dead_letters_url: Annotated[str, "DeadLetters"]


env, entry = enter("PostWebhook", Environment)
logger, sqs = Logger(), client("sqs")
delivery = WebhookDelivery(
    sqs=sqs,
    queue_url=env.webhook_queue_url,
    address=WebhookAddress(env.webhook_url, allow_private=env.webhook_allow_private),
    secret=CachedSecret(client("secretsmanager"), env.webhook_secret),
    dead_letters=DeadLetters(sqs, env.dead_letters_url, "post_webhook"),
    logger=getLogger(logger.name),
)


@entry
@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answers with the records to redeliver."""
    return {"batchItemFailures": [{"itemIdentifier": record} for record in delivery.deliver(event["Records"])]}
