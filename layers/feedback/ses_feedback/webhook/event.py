"""What the customer's own application is told of one event: the same on the bus and by webhook, with a version.

Read from the event's row in the ledger, so that it says just what was recorded. docs/webhook.md describes every field
for people, docs/webhook.schema.json for machines; a test holds both to this file.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal, TypedDict, cast

from ses_feedback import timestamp
from ses_feedback.vocabulary import LIVE_DAYS, REPLAYED, Action, Effect, Kind, Reason

SOURCE = "ses-feedback"
"""Of our events on the bus."""

_NOT_FEEDBACK = (Kind.OPERATOR, Kind.SES_LIST)
"""Rows of addresses that somebody here wrote. Rows about the account have no recipient at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackData:
    """What happened to one recipient. Times are UTC texts (`2026-11-20T09:26:18.350Z`), absent values null.

    `effect` is what it did to the address; where that is `suppressed`, `scope` says for which mail (`global`,
    `environment:staging`, `message_stream:marketing`) and `until` for how long (null: for good).
    """

    event_id: str
    address: str
    kind: str
    effect: Effect
    occurred_at: str
    sent_at: str
    environment: str
    message_stream: str
    team: str
    reason: Reason | None = None
    action: Action | None = None
    scope: str | None = None
    until: str | None = None
    status: str | None = None
    diagnostic: str | None = None
    complaint_feedback_type: str | None = None
    complaint_sub_type: str | None = None
    sender: str | None = None
    ses_message_id: str | None = None
    configuration_set: str | None = None


class ApplicationEvent(TypedDict):
    """The whole. `id` is the same however often it is told; `type` is `feedback.` and the kind."""

    schema_version: Literal["1"]
    id: str
    type: str
    timestamp: str
    data: FeedbackData


def application_event(row: Mapping[str, Any], now: datetime) -> ApplicationEvent | None:
    """The event in a row of the ledger; None where the application need not know: a replay, or no feedback at all.

    A better copy of an event, which knew its environment, replaces the row and has a higher rank: it is told again,
    under another `id` and the same `event_id`.
    """
    kind, live = row["kind"], timestamp.later(timestamp.to_text(now), days=-LIVE_DAYS)
    if kind in _NOT_FEEDBACK or "recipient" not in row or row["occurred_at"] < live or REPLAYED in row:
        return None
    named = {"address": row["recipient"], "ses_message_id": row.get("message_id")}
    same = {field.name: row[field.name] for field in fields(FeedbackData) if field.name in row}
    return ApplicationEvent(
        schema_version="1",
        id=f"{row['event_id']}-{row['rank']}",  # no full stop: Standard Webhooks signs "id.timestamp.body"
        type=f"feedback.{kind}",
        timestamp=row["occurred_at"],
        data=FeedbackData(**named | same),
    )


def to_json(event: ApplicationEvent) -> str:
    return json.dumps(cast(dict[str, Any], event) | {"data": asdict(event["data"])}, ensure_ascii=False)
