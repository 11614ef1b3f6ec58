"""Publishes feedback for the customer's application: from the ledger's stream to a bus of EventBridge."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import boto3

from ses_feedback.attribute_values import plain
from ses_feedback.batches import send_in_batches
from ses_feedback.environment import read_environment
from ses_feedback.event_row import EventRow
from ses_feedback.webhook.event import SOURCE, ApplicationEvent, application_event, to_json

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef


class Environment(NamedTuple):
    event_bus_name: Annotated[str, "FeedbackEventBus"]


events = boto3.client("events")
BUS = read_environment(Environment, "PublishFeedback").event_bus_name


def handler(event: dict[str, Any], _context: object) -> None:
    """Raises if EventBridge did not accept everything: the batch is retried, and copies have the same `id`."""
    now = datetime.now(UTC)
    images = (record["dynamodb"].get("NewImage", {}) for record in event["Records"])
    rows = (EventRow.from_item(plain(image)) for image in images if "kind" in image)
    new = filter(None, (application_event(row, now) for row in rows))
    send_in_batches(new, put, service="EventBridge", name="events")


def put(batch: Sequence[ApplicationEvent]) -> list[str]:
    """The error codes of those that EventBridge did not accept."""
    entries: list[PutEventsRequestEntryTypeDef] = [
        {"EventBusName": BUS, "Source": SOURCE, "DetailType": event["type"], "Detail": to_json(event)}
        for event in batch
    ]
    return [entry["ErrorCode"] for entry in events.put_events(Entries=entries)["Entries"] if "ErrorCode" in entry]
