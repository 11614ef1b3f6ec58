"""What is done with a verified message of SNS: it is queued, confirmed, or reported to the operators."""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from ses_feedback.aws_client import client
from ses_feedback.aws_errors import is_denied
from ses_feedback.errors import Refusal
from ses_feedback.https.signature import SnsMessage

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

type SnsIn = Callable[[str, bool], "SNSClient"]
"""A client for SNS in a region; one that does not sign its requests, if the second argument says so."""

_NOT_FOR_SQS = re.compile("[\ufffe\uffff]")
_UNKNOWN_HERE = ("InvalidClientTokenId", "UnrecognizedClientException")
"""What a region answers to credentials that it does not know: one of those that this account has not opted in to."""
_FINAL = ("InvalidParameter", "NotFound", "SubscriptionLimitExceeded", "FilterPolicyLimitExceeded")


def open_sns(region: str, is_unsigned: bool) -> "SNSClient":
    return client("sns", region_name=region, config=Config(signature_version=UNSIGNED) if is_unsigned else None)


class SnsReceipt:
    """Acts on verified messages. Raises botocore's errors: then SNS must retry."""

    def __init__(self, sqs: "SQSClient", queue_url: str, sns_in: SnsIn, operations_topic: str) -> None:
        self._sqs, self._queue_url = sqs, queue_url
        self._sns_in, self._operations_topic = sns_in, operations_topic

    def take(self, message: SnsMessage) -> str:
        """Does what the message asks for, and says so briefly."""
        match message.type:
            case "Notification":
                self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=_envelope(message))
                return "queued"
            case "SubscriptionConfirmation":
                self._confirm(message)
                return "confirmed"
            case "UnsubscribeConfirmation":
                self._notify_operators(message)
                return "operators notified"

    def _confirm(self, message: SnsMessage) -> None:
        """Confirms by the API and never by SubscribeURL, which is an address like any other.

        A signed call makes the subscription this account's, so that nobody ends it by the UnsubscribeURL in each
        message. If the topic's account denies it, or its region does not know us, the token alone does:
        https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
        """
        region = message.topic_arn.split(":")[3]
        what = {"TopicArn": message.topic_arn, "Token": message.token or ""}
        try:
            try:
                self._sns_in(region, False).confirm_subscription(**what, AuthenticateOnUnsubscribe="true")
            except ClientError as error:
                if not is_denied(error) and error.response["Error"]["Code"] not in _UNKNOWN_HERE:
                    raise
                self._sns_in(region, True).confirm_subscription(**what)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if not code.startswith(_FINAL):
                raise
            raise Refusal(400, f"SNS does not confirm the subscription: {code}") from error

    def _notify_operators(self, message: SnsMessage) -> None:
        region = self._operations_topic.split(":")[3]
        self._sns_in(region, False).publish(
            TopicArn=self._operations_topic,
            Subject="SES feedback no longer comes from a topic",
            Message=(
                f"The subscription of the HTTPS endpoint to {message.topic_arn} was ended at {message.timestamp}.\n"
                "Feedback that is published there no longer arrives. If that was not intended: subscribe again, as\n"
                "docs/webhook.md says, and set AuthenticateOnUnsubscribe. If it was: remove the topic from\n"
                "HttpsTopicArns.\n"
            ),
        )


def _envelope(message: SnsMessage) -> str:
    """The message as the feedback topic itself would queue it, of nothing but what was signed."""
    content = {
        "Type": message.type,
        "MessageId": message.message_id,
        "TopicArn": message.topic_arn,
        "Timestamp": message.timestamp,
        "Message": message.text,
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return _NOT_FOR_SQS.sub(lambda character: f"\\u{ord(character[0]):04x}", text)
