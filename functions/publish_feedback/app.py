"""Publishes feedback for the customer's application: from the ledger's stream to a bus of EventBridge."""

from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

import boto3

from ses_feedback.attribute_values import plain
from ses_feedback.environment import read_environment
from ses_feedback.event_row import EventRow
from ses_feedback.webhook.bus import publish
from ses_feedback.webhook.event import application_event


class Environment(NamedTuple):
    event_bus_name: Annotated[str, "FeedbackEventBus"]


eventbridge = boto3.client("events")
BUS = read_environment(Environment, "PublishFeedback").event_bus_name


def handler(event: dict[str, Any], _context: object) -> None:
    """Raises if EventBridge did not accept everything: the batch is retried, and copies have the same `id`."""
    now = datetime.now(UTC)
    images = (record["dynamodb"].get("NewImage", {}) for record in event["Records"])
    rows = (EventRow.from_item(plain(image)) for image in images if "kind" in image)
    publish(eventbridge, BUS, filter(None, (application_event(row, now) for row in rows)))
