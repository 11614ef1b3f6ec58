"""What publish_feedback would publish for the customer's application."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from ses_feedback import timestamp
from ses_feedback.attribute_values import plain
from ses_feedback.errors import Unreadable
from ses_feedback.event_row import EventRow
from ses_feedback.local.dry_run import dead_letter
from ses_feedback.webhook.event import application_event, to_json


def answer(event: dict[str, Any], env: Any) -> dict[str, Any]:
    """`would_publish`: the events; `would_publish_if_recent`: those of rows that are older than `LIVE_DAYS`."""
    found = defaultdict[str, list[Any]](list)
    images = (record["dynamodb"].get("NewImage", {}) for record in event["Records"])
    for item in (plain(image) for image in images if "kind" in image):
        try:
            row = EventRow.from_item(item)
            now = application_event(row, datetime.now(UTC))
            then = now or application_event(row, timestamp.to_datetime(row.occurred_at))
        except Unreadable as unreadable:
            found["would_be_dead_letters"].append(dead_letter(unreadable))
            continue
        if then is not None:
            outcome = "would_publish" if now else "would_publish_if_recent"
            found[outcome].append(json.loads(to_json(then)))
    topic = {"topic": env.application_topic_arn} if env.application_topic_arn else {}
    return {"bus": env.event_bus_name, **topic, **found}
