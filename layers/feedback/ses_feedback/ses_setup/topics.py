"""Topics that SES publishes to: whether they can be used, and one per environment if the stack is to have them."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.ses_setup.target import StackOffer, Topic, TopicState
from ses_feedback.ses_setup.topic_policy import why_closed

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_sns import SNSClient

_GONE = ("NotFound", "NotFoundException", "InvalidParameter")


class FeedbackTopics:
    """SNS, and the keys of its topics, in the clients' account and region. Raises botocore's errors."""

    def __init__(self, sns: "SNSClient", kms: "KMSClient") -> None:
        self._sns, self._kms = sns, kms

    def look(self, topic: str, account: str) -> Topic:
        """For SES in an account."""
        try:
            attributes = self._sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        except ClientError as error:
            return Topic(TopicState.MISSING if error.response["Error"]["Code"] in _GONE else TopicState.UNREAD)
        key = attributes.get("KmsMasterKeyId", "")
        has_managed_key = bool(key) and not is_managed_alias(key) and self._is_managed(key)
        return judge(attributes, topic, account, has_managed_key=has_managed_key)

    def _is_managed(self, key: str) -> bool:
        """Whether AWS manages a key; assumed to be somebody's own if the lookup is denied."""
        try:
            return self._kms.describe_key(KeyId=key)["KeyMetadata"].get("KeyManager") == "AWS"
        except ClientError:
            return False

    def create(self, topic: str, offer: StackOffer) -> None:
        """Creates or repairs a topic with its policy and its subscription, as template.yaml has FeedbackTopic."""
        made = self._sns.create_topic(Name=topic.rpartition(":")[2])["TopicArn"]
        policy = json.dumps(_policy(made, offer))
        self._sns.set_topic_attributes(TopicArn=made, AttributeName="Policy", AttributeValue=policy)
        if offer.key:
            self._sns.set_topic_attributes(TopicArn=made, AttributeName="KmsMasterKeyId", AttributeValue=offer.key)
        redrive = json.dumps({"deadLetterTargetArn": offer.dead_letters})
        self._sns.subscribe(
            TopicArn=made, Protocol="sqs", Endpoint=offer.queue, Attributes={"RedrivePolicy": redrive}
        )

    def delete(self, topic: str) -> None:
        """With its subscriptions."""
        self._sns.delete_topic(TopicArn=topic)


def topic_state(attributes: Mapping[str, str], topic: str, account: str) -> TopicState:
    """What GetTopicAttributes says of a topic, for SES in an account."""
    return judge(attributes, topic, account).state


def judge(attributes: Mapping[str, str], topic: str, account: str, *, has_managed_key: bool = False) -> Topic:
    """`has_managed_key`: its key, given by its id or ARN, is one of AWS's own. The worst state counts."""
    key = attributes.get("KmsMasterKeyId", "")
    causes: list[tuple[TopicState, str]] = []
    if topic.endswith(".fifo") or attributes.get("FifoTopic", "").lower() == "true":
        causes.append((TopicState.FIFO, "it is a FIFO topic, to which SES cannot publish: take a standard topic"))
    if has_managed_key or is_managed_alias(key):
        causes.append((TopicState.SEALED, f"it is encrypted by {key}, AWS's own key, {_SEALED}"))
    closed = why_closed(attributes.get("Policy") or "{}", topic, account)
    causes += [(TopicState.CLOSED, cause) for cause in closed]
    if attributes.get("SubscriptionsConfirmed", "0") == "0":
        causes.append((TopicState.DEAF, "nothing is subscribed to it: feedback would be lost there"))
    if key and TopicState.SEALED not in dict(causes):
        causes.append((TopicState.READY, f"it is encrypted by {key}: {_YOUR_KEY}"))
    return Topic(causes[0][0] if causes else TopicState.READY, tuple(cause for _, cause in causes), key)


# Its policy cannot be changed; SES's page asks for both actions:
# https://docs.aws.amazon.com/ses/latest/dg/configure-sns-notifications.html
_SEALED = "which SES cannot use: encrypt it by a key of yours whose policy lets ses.amazonaws.com use it, or by none"
_YOUR_KEY = (
    "its key policy must let ses.amazonaws.com call kms:GenerateDataKey* and kms:Decrypt; that is not read here"
)


def is_managed_alias(key: str) -> bool:
    return key.rpartition(":")[2].startswith("alias/aws/")


def _policy(topic: str, offer: StackOffer) -> dict[str, Any]:
    identities = offer.prefix.replace(":sns:", ":ses:") + "*"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "IdentitiesAndConfigurationSets",
                "Effect": "Allow",
                "Principal": {"Service": "ses.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": topic,
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": offer.account},
                    "ArnLike": {"aws:SourceArn": identities},
                },
            },
            {
                "Sid": "OnlyOverTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sns:Publish",
                "Resource": topic,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }
