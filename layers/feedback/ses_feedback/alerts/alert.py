"""Alerts: what a team must know of one event.

An alert is read from the event's row in the ledger, so that it says just what was recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from ses_feedback.errors import Unreadable
from ses_feedback.vocabulary import AccountEvent, Action, Effect, Kind, Reason, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What one team is told of one event. Times are UTC texts (`timestamp`); absent values None.

    `scope` and `until` say how far and how long the address is suppressed, where `effect` is `suppressed`
    (`until` None: for good). `team` is whom to tell (`EVERY_TEAM`: all); `matched` is why them.
    `block_list`, `sending_ip`, `delist_link` and `retry_after` (seconds) are what the reply tells a refused sender.
    """

    event_id: str
    team: str
    alert: Urgency
    kind: Kind
    effect: Effect
    occurred_at: str
    sent_at: str
    environment: str
    message_stream: str
    matched: str
    recipient: str | None = None
    resource: str | None = None
    account_event: AccountEvent | None = None
    reason: Reason | None = None
    action: Action | None = None
    rule: str | None = None
    status: str | None = None
    diagnostic: str | None = None
    complaint_feedback_type: str | None = None
    complaint_sub_type: str | None = None
    sender: str | None = None
    subject: str | None = None
    message_id: str | None = None
    configuration_set: str | None = None
    scope: str | None = None
    until: str | None = None
    provider: str | None = None
    block_list: str | None = None
    sending_ip: str | None = None
    delist_link: str | None = None
    retry_after: str | None = None

    @property
    def about(self) -> str:
        """Whom or what it is about: a recipient, or the resource of an account event."""
        return self.recipient or self.resource or "an unnamed recipient"

    @property
    def where(self) -> str:
        """The environment; an account event that names none is about all of them."""
        nobody_named = self.kind is Kind.ACCOUNT and self.matched == "default"
        return "all environments" if nobody_named else self.environment


def alert_from(row: Mapping[str, Any]) -> Alert:
    """The alert in an event's row. Raises `Unreadable`: what is in the queue may not be ours."""
    known = {field.name: row[field.name] for field in fields(Alert) if row.get(field.name) is not None}
    for name, value in known.items():
        if not isinstance(value, str):
            raise Unreadable("no text", name)
    for name, enum in _ENUMS.items():
        if name in known:
            try:
                known[name] = enum(known[name])
            except ValueError as error:
                raise Unreadable(str(error), name) from None
    try:
        return Alert(**known)
    except TypeError as error:
        raise Unreadable(f"not an alert: {error}") from None


_ENUMS: dict[str, type[StrEnum]] = {
    "alert": Urgency,
    "kind": Kind,
    "account_event": AccountEvent,
    "reason": Reason,
    "action": Action,
    "effect": Effect,
}
