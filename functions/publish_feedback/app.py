"""Publishes feedback for the customer's application: from the ledger's stream to a bus of EventBridge."""

from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

from ses_feedback.aws_client import client
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.entry import enter
from ses_feedback.handlers.publish_feedback import application_events
from ses_feedback.webhook.bus import publish


class Environment(NamedTuple):
    event_bus_name: Annotated[str, "FeedbackEventBus"]
    dead_letters_url: Annotated[str, "DeadLetters"]


env, entry = enter("PublishFeedback", Environment)
eventbridge = client("events")
dead_letters = DeadLetters(client("sqs"), env.dead_letters_url, "publish_feedback")


@entry
def handler(event: dict[str, Any], _context: object) -> None:
    """Raises if EventBridge did not accept everything: the batch is retried, and copies have the same `id`."""
    events = application_events(event["Records"], dead_letters, datetime.now(UTC))
    publish(eventbridge, env.event_bus_name, events)
