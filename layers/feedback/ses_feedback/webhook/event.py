"""What the customer's own application gets about one event: the same on the bus and by webhook, with a version.

It is read from the event's row in the ledger, so it says exactly what was recorded. docs/webhook.md describes every
field for people, docs/webhook.schema.json for machines; tests keep both in line with this file.
"""

import json
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal, TypedDict, cast

from ses_feedback import timestamp
from ses_feedback.address import is_rule, pattern_of
from ses_feedback.errors import Unreadable
from ses_feedback.event_row import EventRow, Preferences
from ses_feedback.scope import EVERYWHERE, GLOBAL, Scope
from ses_feedback.vocabulary import LIVE_DAYS, Action, Effect, Kind, Reason
from ses_feedback.webhook.names import event_type, names_of, reject_reason

SOURCE = "ses-feedback"
"""The `source` of our events on the bus."""

_OVERRIDES = (Kind.OPERATOR, Kind.SES_LIST)
"""Rows that no mail caused."""


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
    event_type: str | None = None
    reject_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionData:
    """What an operator, or the comparison with SES's own list, changed about an address; for a rule, `address` is its
    pattern, `*@example.com`. `scope` is null where it is not known; ask what holds now.
    """

    event_id: str
    address: str
    kind: str
    effect: Effect
    occurred_at: str
    scope: str | None = None
    until: str | None = None


_FROM_ROW = {field.name: field.name for field in fields(FeedbackData)}
del _FROM_ROW["event_type"], _FROM_ROW["reject_reason"]  # of `names`
_FROM_ROW |= {"ses_message_id": "message_id"}
"""From a name that applications know to the row's own."""

_ALWAYS = {_FROM_ROW[field.name] for field in fields(FeedbackData) if field.default is MISSING}


class FeedbackEvent(TypedDict):
    """What a mail caused. `id` is the same however often it is told; `type` is `feedback.` and the kind; `names` are
    those that other services have for it.
    """

    schema_version: Literal["1"]
    id: str
    type: str
    names: list[str]
    timestamp: str
    data: FeedbackData


class SuppressionEvent(TypedDict):
    """What no mail caused."""

    schema_version: Literal["1"]
    id: str
    type: Literal["suppression.added", "suppression.removed"]
    names: list[str]
    timestamp: str
    data: SuppressionData


type ApplicationEvent = FeedbackEvent | SuppressionEvent


def application_event(row: EventRow, now: datetime) -> ApplicationEvent | None:
    """The event in a row of the ledger; None if the application need not know: it is old or replayed, imported, or
    about nobody.

    A better copy of an event, which knew its environment, replaces the row and has a higher rank: it is published
    again, under another `id` and the same `event_id`. Raises `Unreadable` if a row lacks what is promised.
    """
    if row.recipient is None or row.kind == Kind.IMPORTED or row.replayed is not None or row.copy:
        return None
    is_override = row.kind in _OVERRIDES
    _check(row, *(_OF_OVERRIDE if is_override else _FROM_ROW.values()))
    if row.occurred_at < timestamp.later(timestamp.to_text(now), days=-LIVE_DAYS):
        return None
    return _suppression_event(row) if is_override else _feedback_event(row)


def _feedback_event(row: EventRow) -> FeedbackEvent:
    if not isinstance(row.rank, int):
        raise Unreadable("not a whole number", "rank")
    return FeedbackEvent(
        schema_version="1",
        id=f"{row.event_id}-{row.rank}",  # no full stop: Standard Webhooks signs "id.timestamp.body"
        type=f"feedback.{row.kind}",
        names=names_of(row),
        timestamp=row.occurred_at,
        data=FeedbackData(
            **{name: getattr(row, ours) for name, ours in _FROM_ROW.items()}
            | {"tags": row.message_tags or None, "preferences": row.topic_preferences}
            | {"event_type": event_type(row), "reject_reason": reject_reason(row)}
        ),
    )


def _suppression_event(row: EventRow) -> SuppressionEvent | None:
    match names_of(row):
        case [("suppression.added" | "suppression.removed") as name]:
            address = str(row.recipient)
            return SuppressionEvent(
                schema_version="1",
                id=f"{row.event_id}-0",
                type=name,
                names=[name],
                timestamp=row.occurred_at,
                data=SuppressionData(
                    event_id=row.event_id,
                    address=pattern_of(address) if is_rule(address) else address,
                    kind=row.kind,
                    effect=row.effect,
                    occurred_at=row.occurred_at,
                    scope=row.scope or _scope_of_reinstatement(row),
                    until=row.until,
                ),
            )
    return None


def _scope_of_reinstatement(row: EventRow) -> str | None:
    if row.effect != Effect.REINSTATED:
        return None
    return GLOBAL if row.message_stream == EVERYWHERE else Scope.of_message_stream(row.message_stream)


_OF_OVERRIDE = ("event_id", "kind", "effect", "occurred_at", "recipient", "scope", "until")


def _check(row: EventRow, *names: str) -> None:
    """Raises `Unreadable` for what docs/webhook.schema.json does not allow."""
    for name in names:
        value = getattr(row, name)
        if not isinstance(value, str) and (value is not None or name in _ALWAYS):
            raise Unreadable("not a text", name)


def to_json(event: ApplicationEvent) -> str:
    return json.dumps(cast(dict[str, Any], event) | {"data": asdict(event["data"])}, ensure_ascii=False)
