"""Publishes the alerts of new rows, from the ledger's stream, to the alerts topic."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from ses_feedback.attribute_values import plain
from ses_feedback.aws_client import client
from ses_feedback.batches import send_in_batches
from ses_feedback.entry import enter

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef


class Environment(NamedTuple):
    alerts_topic_arn: Annotated[str, "AlertsTopic"]


sns = client("sns")
env, entry = enter("PublishAlerts", Environment)


@entry
def handler(event: dict[str, Any], _context: object) -> None:
    """Raises if SNS did not accept everything: the batch is retried, and no team is notified twice."""
    images = (record["dynamodb"].get("NewImage", {}) for record in event["Records"])
    alerts = [json.dumps(plain(image)) for image in images if "alert" in image]
    send_in_batches(alerts, publish, service="SNS", name="alerts")


def publish(alerts: Sequence[str]) -> list[str]:
    """The error codes of those that SNS did not accept."""
    entries: list[PublishBatchRequestEntryTypeDef] = [
        {"Id": str(number), "Message": alert} for number, alert in enumerate(alerts)
    ]
    answer = sns.publish_batch(TopicArn=env.alerts_topic_arn, PublishBatchRequestEntries=entries)
    return [failed["Code"] for failed in answer.get("Failed", [])]
