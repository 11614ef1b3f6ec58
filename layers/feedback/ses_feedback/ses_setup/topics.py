"""Topics that SES publishes to: whether they can be used, and one per environment if the stack is to have them."""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.ses_setup.target import StackOffer, TopicState

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_GONE = ("NotFound", "NotFoundException", "InvalidParameter")


class FeedbackTopics:
    """SNS in the client's account and region. Raises botocore's errors."""

    def __init__(self, client: "SNSClient") -> None:
        self._client = client

    def state(self, topic: str) -> TopicState:
        try:
            attributes = self._client.get_topic_attributes(TopicArn=topic)["Attributes"]
        except ClientError as error:
            return TopicState.MISSING if error.response["Error"]["Code"] in _GONE else TopicState.UNREAD
        if not _lets_ses_publish(attributes.get("Policy", "{}")):
            return TopicState.CLOSED
        return TopicState.DEAF if attributes.get("SubscriptionsConfirmed", "0") == "0" else TopicState.READY

    def create(self, topic: str, offer: StackOffer) -> None:
        """Creates or repairs a topic with its policy and its subscription, as template.yaml has FeedbackTopic."""
        made = self._client.create_topic(Name=topic.rpartition(":")[2])["TopicArn"]
        policy = json.dumps(_policy(made, offer))
        self._client.set_topic_attributes(TopicArn=made, AttributeName="Policy", AttributeValue=policy)
        redrive = json.dumps({"deadLetterTargetArn": offer.dead_letters})
        self._client.subscribe(
            TopicArn=made, Protocol="sqs", Endpoint=offer.queue, Attributes={"RedrivePolicy": redrive}
        )

    def delete(self, topic: str) -> None:
        """With its subscriptions."""
        self._client.delete_topic(TopicArn=topic)


def _lets_ses_publish(policy: str) -> bool:
    """Whether a topic's policy has a statement that allows SES to publish; its conditions are not judged."""
    statements = json.loads(policy).get("Statement", [])
    return any(
        s.get("Effect") == "Allow" and _names_ses(s.get("Principal")) and _names_publish(s.get("Action"))
        for s in (statements if isinstance(statements, list) else [statements])
    )


def _names_ses(principal: Any) -> bool:
    if isinstance(principal, str):
        return principal == "*"
    services = (principal or {}).get("Service", [])
    return "ses.amazonaws.com" in ([services] if isinstance(services, str) else services)


def _names_publish(action: Any) -> bool:
    actions = [action] if isinstance(action, str) else action or []
    return any(name.lower() in ("sns:publish", "sns:*", "*") for name in actions)


def _policy(topic: str, offer: StackOffer) -> dict[str, Any]:
    account = offer.stack.split(":")[4]
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
                    "StringEquals": {"aws:SourceAccount": account},
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
