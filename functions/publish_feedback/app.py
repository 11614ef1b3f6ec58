"""Publishes feedback for the customer's application: from the ledger's stream to a bus of EventBridge."""

from datetime import UTC, datetime
from itertools import batched
from typing import Annotated, Any, NamedTuple

import boto3

from ses_feedback.attribute_values import plain
from ses_feedback.environment import read_environment
from ses_feedback.errors import NotTaken
from ses_feedback.webhook.event import SOURCE, ApplicationEvent, application_event, to_json


class Environment(NamedTuple):
    event_bus_name: Annotated[str, "FeedbackEventBus"]


events = boto3.client("events")
BUS = read_environment(Environment, "PublishFeedback").event_bus_name


def handler(event: dict[str, Any], _context: object) -> None:
    """Raises where EventBridge did not take all: the batch comes again, and copies have the same `id`."""
    now = datetime.now(UTC)
    images = (record["dynamodb"].get("NewImage", {}) for record in event["Records"])
    told = filter(None, (application_event(plain(image), now) for image in images if "kind" in image))
    for batch in batched(told, 10, strict=False):
        put(batch)


def put(batch: tuple[ApplicationEvent, ...]) -> None:
    """At most ten events. Raises `NotTaken`."""
    entries: list[Any] = [
        {"EventBusName": BUS, "Source": SOURCE, "DetailType": told["type"], "Detail": to_json(told)} for told in batch
    ]
    answer = events.put_events(Entries=entries)
    if answer["FailedEntryCount"]:
        code = next(entry["ErrorCode"] for entry in answer["Entries"] if "ErrorCode" in entry)
        raise NotTaken(f"EventBridge took all but {answer['FailedEntryCount']} of {len(entries)} events: {code}")
