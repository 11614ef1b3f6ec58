"""The SNS topic over which events reach whoever subscribes: the same events as on the bus."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ses_feedback.batches import send_in_batches
from ses_feedback.webhook.event import ApplicationEvent, FeedbackData, to_json

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef, PublishBatchRequestEntryTypeDef


def publish(client: "SNSClient", topic: str, events: Iterable[ApplicationEvent]) -> None:
    """Publishes all events. Raises `PartlyAccepted`, and botocore's errors; a copy has the same `id`."""

    def put(batch: Sequence[ApplicationEvent]) -> list[str]:
        entries = [_entry(str(number), event) for number, event in enumerate(batch)]
        answer = client.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
        return [failed["Code"] for failed in answer.get("Failed", [])]

    send_in_batches(events, put, service="SNS", name="events")


def _entry(number: str, event: ApplicationEvent) -> "PublishBatchRequestEntryTypeDef":
    """With attributes for the filter policies of subscriptions."""
    data = event["data"]
    said = {"type": event["type"], "effect": data.effect}
    if isinstance(data, FeedbackData):
        said |= {"environment": data.environment, "message_stream": data.message_stream, "team": data.team}
    attributes: dict[str, MessageAttributeValueTypeDef] = {
        name: {"DataType": "String", "StringValue": value} for name, value in said.items()
    }
    return {"Id": number, "Message": to_json(event), "MessageAttributes": attributes}
