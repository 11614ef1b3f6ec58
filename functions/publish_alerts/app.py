"""Publishes the alerts of new rows, from the ledger's stream, to the alerts topic."""

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import boto3

from ses_feedback.attribute_values import plain
from ses_feedback.batches import send_in_batches

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef

sns = boto3.client("sns")
TOPIC = os.environ["ALERTS_TOPIC_ARN"]


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
    answer = sns.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries)
    return [failed["Code"] for failed in answer.get("Failed", [])]
