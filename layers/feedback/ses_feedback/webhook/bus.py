"""The bus of EventBridge, over which events reach the customer's own application."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ses_feedback.batches import send_in_batches
from ses_feedback.webhook.event import SOURCE, ApplicationEvent, to_json

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef


def publish(client: "EventBridgeClient", bus: str, events: Iterable[ApplicationEvent]) -> None:
    """Puts all events on the bus. Raises `PartlyAccepted`, and botocore's errors; a copy has the same `id`."""

    def put(batch: Sequence[ApplicationEvent]) -> list[str]:
        answer = client.put_events(Entries=[_entry(event, bus) for event in batch])
        return [entry["ErrorCode"] for entry in answer["Entries"] if "ErrorCode" in entry]

    send_in_batches(events, put, service="EventBridge", name="events")


def _entry(event: ApplicationEvent, bus: str) -> "PutEventsRequestEntryTypeDef":
    return {"EventBusName": bus, "Source": SOURCE, "DetailType": event["type"], "Detail": to_json(event)}
