"""Publishes the alerts of new rows, from the ledger's stream, to the alerts topic."""

import json
import os
from itertools import batched
from typing import Any

import boto3

from ses_feedback.attribute_values import plain
from ses_feedback.errors import PartlyAccepted

sns = boto3.client("sns")
TOPIC = os.environ["ALERTS_TOPIC_ARN"]


def handler(event: dict[str, Any], _context: object) -> None:
    """Raises where SNS did not take all: the batch comes again, and who is told already is not told twice."""
    records = [record for record in event["Records"] if "alert" in record["dynamodb"].get("NewImage", {})]
    for batch in batched(records, 10, strict=False):
        entries: list[Any] = [
            {"Id": str(number), "Message": json.dumps(plain(record["dynamodb"]["NewImage"]))}
            for number, record in enumerate(batch)
        ]
        failed = sns.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries).get("Failed", [])
        if failed:
            raise PartlyAccepted(f"SNS took all but {len(failed)} of {len(entries)} alerts: {failed[0]['Code']}")
