"""Publishes feedback for the application, from the ledger's stream: on a bus of EventBridge, and on a topic."""

from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

from ses_feedback.aws_client import client
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.entry import enter
from ses_feedback.handlers.publish_feedback import application_events
from ses_feedback.webhook import bus, topic


class Environment(NamedTuple):
    event_bus_name: Annotated[str, "FeedbackEventBus"]
    dead_letters_url: Annotated[str, "DeadLetters"]
    application_topic_arn: Annotated[str, "ApplicationTopic"] = ""


env, entry = enter("PublishFeedback", Environment)
eventbridge = client("events")
sns = client("sns") if env.application_topic_arn else None
dead_letters = DeadLetters(client("sqs"), env.dead_letters_url, "publish_feedback")


@entry
def handler(event: dict[str, Any], _context: object) -> None:
    """Raises if EventBridge or SNS did not accept everything: the batch is retried, and copies have the same `id`."""
    events = list(application_events(event["Records"], dead_letters, datetime.now(UTC)))
    bus.publish(eventbridge, env.event_bus_name, events)
    if sns:
        topic.publish(sns, env.application_topic_arn, events)
