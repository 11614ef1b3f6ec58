"""publish_feedback's work: the events for the customer's application in new rows of the ledger."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from ses_feedback.attribute_values import plain
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Unreadable
from ses_feedback.event_row import EventRow
from ses_feedback.webhook.event import ApplicationEvent, application_event


def application_events(
    records: Iterable[dict[str, Any]], dead_letters: DeadLetters, now: datetime
) -> Iterator[ApplicationEvent]:
    """`records`: those of the ledger's stream. A row that cannot be read is a dead letter: it must not hold up the
    stream for hours.
    """
    images = (record["dynamodb"].get("NewImage", {}) for record in records)
    for item in (plain(image) for image in images if "kind" in image):
        try:
            event = application_event(EventRow.from_item(item), now)
        except Unreadable as unreadable:
            dead_letters.send(json.dumps(item), unreadable, str(item.get("event_id", "")))
            continue
        if event is not None:
            yield event
