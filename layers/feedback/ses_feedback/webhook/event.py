"""What the customer's own application gets about one event: the same on the bus and by webhook, with a version.

It is read from the event's row in the ledger, so it says exactly what was recorded. docs/webhook.md describes every
field for people, docs/webhook.schema.json for machines; tests keep both in line with this file.
"""

import json
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal, TypedDict, cast

from ses_feedback import timestamp
from ses_feedback.errors import Unreadable
from ses_feedback.event_row import EventRow, Preferences
from ses_feedback.vocabulary import LIVE_DAYS, Action, Effect, Kind, Reason

SOURCE = "ses-feedback"
"""The `source` of our events on the bus."""

_NOT_FEEDBACK = (Kind.OPERATOR, Kind.SES_LIST, Kind.IMPORTED)
"""Rows of overrides and imports, which no mail of ours caused. (Rows about the account have no recipient at all.)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackData:
    """What happened to one recipient. Times are UTC texts (`2026-11-20T09:26:18.350Z`), absent values null.

    `effect` is what it did to the address; where that is `suppressed`, `scope` says for which mail (`global`,
    `environment:staging`, `message_stream:marketing`, `tenant:paper-lantern`) and `until` for how long (null: for
    good). `address` is the one that was written to, `final_recipient` the one that it was forwarded to, null where it
    was not. `tags` are the sender's own tags of the mail, `preferences` what the recipient wants from now on from
    `contact_list`.
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
    final_recipient: str | None = None
    header_message_id: str | None = None
    tags: dict[str, list[str]] | None = None
    contact_list: str | None = None
    preferences: Preferences | None = None


_FROM_ROW = {field.name: field.name for field in fields(FeedbackData)}
_FROM_ROW |= {"ses_message_id": "message_id"}
"""From a name that applications know to the row's own."""

_ALWAYS = {_FROM_ROW[field.name] for field in fields(FeedbackData) if field.default is MISSING}


class ApplicationEvent(TypedDict):
    """The whole. `id` is the same however often it is told; `type` is `feedback.` and the kind."""

    schema_version: Literal["1"]
    id: str
    type: str
    timestamp: str
    data: FeedbackData


def application_event(row: EventRow, now: datetime) -> ApplicationEvent | None:
    """The event in a row of the ledger; None if the application need not know: it is old, replayed, or not feedback.

    A better copy of an event, which knew its environment, replaces the row and has a higher rank: it is published
    again, under another `id` and the same `event_id`. Raises `Unreadable` if a row lacks what is promised.
    """
    if row.kind in _NOT_FEEDBACK or row.recipient is None or row.replayed is not None or row.copy:
        return None
    _check(row)
    if row.occurred_at < timestamp.later(timestamp.to_text(now), days=-LIVE_DAYS):
        return None
    return ApplicationEvent(
        schema_version="1",
        id=f"{row.event_id}-{row.rank}",  # no full stop: Standard Webhooks signs "id.timestamp.body"
        type=f"feedback.{row.kind}",
        timestamp=row.occurred_at,
        data=FeedbackData(
            **{name: getattr(row, ours) for name, ours in _FROM_ROW.items()}
            | {"tags": row.message_tags or None, "preferences": row.topic_preferences}
        ),
    )


def _check(row: EventRow) -> None:
    """Raises `Unreadable` for what docs/webhook.schema.json does not allow."""
    for name in _FROM_ROW.values():
        value = getattr(row, name)
        if not isinstance(value, str) and (value is not None or name in _ALWAYS):
            raise Unreadable("not a text", name)
    if not isinstance(row.rank, int):
        raise Unreadable("not a whole number", "rank")


def to_json(event: ApplicationEvent) -> str:
    return json.dumps(cast(dict[str, Any], event) | {"data": asdict(event["data"])}, ensure_ascii=False)
