"""Alerts: what a team must know of one event.

An alert is the event's row in the ledger, so that it says just what was recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ses_feedback.errors import Unreadable
from ses_feedback.event_row import NAMES, WORDS, EventRow
from ses_feedback.vocabulary import Kind, Urgency

LEFT_OUT = (
    *("rank", "bounce_type", "origin", "by", "note", "copy", "replayed", "expires_at"),
    *("contact_list", "preferences"),  # of a change of subscription, which alerts nobody
)
"""What no mail shows is not carried along: alerts wait in the outbox by the thousand."""

_CARRIED = tuple(name for name in NAMES if name not in LEFT_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(EventRow):
    """The row of an event that a team must know of: it is about a mail, or about the account."""

    team: str
    alert: Urgency
    sent_at: str
    matched: str

    @property
    def about(self) -> str:
        """Whom or what it is about: an address that was written to, or the resource of an account event."""
        return self.address or self.resource or "an unnamed recipient"

    @property
    def where(self) -> str:
        """The environment; an account event that names none is about all of them."""
        nobody_named = self.kind is Kind.ACCOUNT and self.matched == "default"
        return "all environments" if nobody_named else self.environment


def alert_from(row: Mapping[str, Any]) -> Alert:
    """The alert in an event's row. Raises `Unreadable`: what is in the queue may not be ours."""
    carried = {name: row[name] for name in _CARRIED if row.get(name) is not None}
    for name, value in carried.items():
        if not isinstance(value, str):
            raise Unreadable("not a text", name)
        if name in WORDS and value not in WORDS[name]:
            raise Unreadable(f"{value!r} is not a valid {WORDS[name].__name__}", name)
    return Alert.from_item(carried)
