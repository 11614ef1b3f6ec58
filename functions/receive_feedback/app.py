"""Receives feedback over HTTPS from SNS topics that cannot fill our queue themselves, such as another account's."""

from datetime import timedelta
from functools import cache
from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools import Logger

from ses_feedback.aws_client import client
from ses_feedback.cached_secret import CachedSecret
from ses_feedback.entry import enter
from ses_feedback.handlers.receive_feedback import SnsEndpoint
from ses_feedback.https.certificates import SnsCertificates
from ses_feedback.https.receipt import SnsReceipt, open_sns
from ses_feedback.https.request import BasicAuth
from ses_feedback.https.signature import SnsVerifier


class Environment(NamedTuple):
    feedback_queue_url: Annotated[str, "FeedbackQueue"]
    operations_topic_arn: Annotated[str, "OperationsTopic"]
    basic_auth_secret: Annotated[str, "HttpsSecret"]
    topic_arns: Annotated[tuple[str, ...], "HttpsTopicArns"]
    allow_sha1: Annotated[bool, "HttpsAllowSha1"]
    max_age_seconds: Annotated[int, "HttpsMaxAgeSeconds"]


env, entry = enter("ReceiveFeedback", Environment)
logger, sns_in = Logger(), cache(open_sns)  # confirmations are few, so their clients are made when one comes
secret = CachedSecret(client("secretsmanager"), env.basic_auth_secret)
max_age = timedelta(seconds=env.max_age_seconds)
verifier = SnsVerifier(env.topic_arns, SnsCertificates(), allow_sha1=env.allow_sha1, max_age=max_age)
receipt = SnsReceipt(client("sqs"), env.feedback_queue_url, sns_in, env.operations_topic_arn)
endpoint = SnsEndpoint(BasicAuth(secret), verifier, receipt, logger)


@entry
@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return endpoint.answer(event)
