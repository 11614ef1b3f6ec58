"""Publishes feedback for the customer's application: from the ledger's stream to a bus of EventBridge."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3

from ses_feedback.attribute_values import plain
from ses_feedback.batches import send_in_batches
from ses_feedback.event_row import EventRow
from ses_feedback.webhook.event import SOURCE, ApplicationEvent, application_event, to_json

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

events = boto3.client("events")
BUS = os.environ["EVENT_BUS_NAME"]


def handler(event: dict[str, Any], _context: object) -> None:
    """Raises if EventBridge did not accept everything: the batch is retried, and copies have the same `id`."""
    now = datetime.now(UTC)
    rows = (
        EventRow.from_item(plain(record["dynamodb"]["NewImage"])) for record in event["Records"] if is_event(record)
    )
    new = filter(None, (application_event(row, now) for row in rows))
    send_in_batches(new, put, service="EventBridge", name="events")


def is_event(record: dict[str, Any]) -> bool:
    return record["eventName"] in ("INSERT", "MODIFY") and "kind" in record["dynamodb"].get("NewImage", {})


def put(batch: Sequence[ApplicationEvent]) -> list[str]:
    """The error codes of those that EventBridge did not accept."""
    entries: list[PutEventsRequestEntryTypeDef] = [
        {"EventBusName": BUS, "Source": SOURCE, "DetailType": event["type"], "Detail": to_json(event)}
        for event in batch
    ]
    return [entry["ErrorCode"] for entry in events.put_events(Entries=entries)["Entries"] if "ErrorCode" in entry]
