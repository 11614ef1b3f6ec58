"""Publishes the alerts of new rows, from the ledger's stream, to the alerts topic."""

import json
from itertools import batched
from typing import Annotated, Any, NamedTuple

import boto3

from ses_feedback.attribute_values import plain
from ses_feedback.environment import read_environment
from ses_feedback.errors import NotTaken


class Environment(NamedTuple):
    alerts_topic_arn: Annotated[str, "AlertsTopic"]


sns = boto3.client("sns")
TOPIC = read_environment(Environment, "PublishAlerts").alerts_topic_arn


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
            raise NotTaken(f"SNS took all but {len(failed)} of {len(entries)} alerts: {failed[0]['Code']}")
