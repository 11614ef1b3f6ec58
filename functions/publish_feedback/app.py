"""Publishes feedback for the customer's application: from the ledger's stream to a bus of EventBridge."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

import boto3

from ses_feedback.attribute_values import plain
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.environment import read_environment
from ses_feedback.errors import Unreadable
from ses_feedback.event_row import EventRow
from ses_feedback.webhook.bus import publish
from ses_feedback.webhook.event import ApplicationEvent, application_event


class Environment(NamedTuple):
    event_bus_name: Annotated[str, "FeedbackEventBus"]
    dead_letters_url: Annotated[str, "DeadLetters"]


env, eventbridge = read_environment(Environment, "PublishFeedback"), boto3.client("events")
dead_letters = DeadLetters(boto3.client("sqs"), env.dead_letters_url, "publish_feedback")


def handler(event: dict[str, Any], _context: object) -> None:
    """Raises if EventBridge did not accept everything: the batch is retried, and copies have the same `id`."""
    now, images = datetime.now(UTC), (record["dynamodb"].get("NewImage", {}) for record in event["Records"])
    events = (event_in(plain(image), now) for image in images if "kind" in image)
    publish(eventbridge, env.event_bus_name, filter(None, events))


def event_in(item: dict[str, Any], now: datetime) -> ApplicationEvent | None:
    """None if nothing is to be published, or if the row cannot be read: it must not hold up the stream for hours."""
    try:
        return application_event(EventRow.from_item(item), now)
    except Unreadable as unreadable:
        dead_letters.send(json.dumps(item), unreadable, str(item.get("event_id", "")))
        return None
