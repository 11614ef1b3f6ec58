"""Receives feedback over HTTPS from SNS topics that cannot fill our queue themselves, such as another account's."""

import json
import os
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore import UNSIGNED
from botocore.config import Config

from ses_feedback.cached_secret import CachedSecret
from ses_feedback.errors import Refusal, Unavailable
from ses_feedback.https.certificates import SnsCertificates
from ses_feedback.https.receipt import SnsReceipt
from ses_feedback.https.request import BasicAuth, body_of
from ses_feedback.https.signature import SnsVerifier

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

logger = Logger()


@cache
def sns_in(region: str, is_unsigned: bool) -> "SNSClient":
    """Few confirmations come, so clients for them are made when they do."""
    config = Config(signature_version=UNSIGNED) if is_unsigned else None
    return boto3.client("sns", region_name=region, config=config)


secret = CachedSecret(boto3.client("secretsmanager"), os.environ["BASIC_AUTH_SECRET"])
auth = BasicAuth(secret)
verifier = SnsVerifier(
    [topic.strip() for topic in os.environ["TOPIC_ARNS"].split(",") if topic.strip()],
    SnsCertificates(),
    allow_sha1=os.environ["ALLOW_SHA1"] == "true",
    max_age=timedelta(seconds=int(os.environ["MAX_AGE_SECONDS"])),
)
receipt = SnsReceipt(
    boto3.client("sqs"), os.environ["FEEDBACK_QUEUE_URL"], sns_in, os.environ["OPERATIONS_TOPIC_ARN"]
)


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """2xx once the message is queued; 4xx for what must never come again; else 5xx, and SNS tries for an hour."""
    try:
        auth.check(event)
        message = verifier.verify(body_of(event))
        outcome = receipt.take(message)
    except Refusal as refusal:
        logger.warning("refused", extra={"status": refusal.status, "cause": refusal.cause})
        return answer(refusal.status, refusal.cause)
    except Unavailable as unavailable:
        logger.exception("cannot be judged now; SNS tries again")
        return answer(503, str(unavailable))
    logger.info(outcome, extra={"type": message.type, "topic": message.topic_arn, "message_id": message.message_id})
    return answer(200, outcome)


def answer(status: int, text: str) -> dict[str, Any]:
    headers = {"content-type": "application/json"}
    if status == 401:
        headers["www-authenticate"] = 'Basic realm="ses-feedback"'
    return {"statusCode": status, "headers": headers, "body": json.dumps({"message": text})}
