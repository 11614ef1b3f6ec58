"""Rulings: evidence that no mail gave. An operator decides on an address, or SES's own list is seen to have it.

A ruling is evidence like any other: it merges in any order, and what is newer than it counts against it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from ses_feedback import suppression, timestamp
from ses_feedback.attribute_values import Item
from ses_feedback.settings import Settings
from ses_feedback.suppression import EVERYWHERE, Evidence, Place, State
from ses_feedback.vocabulary import Effect, Kind

_NOTE_BYTES, _BY_BYTES = 300, 200


@dataclass(frozen=True, slots=True)
class Ruling:
    """Who (`by`) ruled what about an address, and why (`note`). `effect` is what it is meant to do."""

    address: str
    kind: Kind
    evidence: Evidence
    effect: Effect
    by: str
    note: str

    @property
    def event_id(self) -> str:
        return self.evidence.value.partition("|")[2]


def reinstatement(address: str, now: datetime, by: str, note: str, message_stream: str = EVERYWHERE) -> Ruling:
    """What was known until now no longer counts: of all mail, or of one message stream."""
    place = Place(suppression.REINSTATED, EVERYWHERE, message_stream)
    return _ruling(address, Kind.OPERATOR, place, timestamp.to_text(now), Effect.REINSTATED, by, note)


def suppression_of(
    address: str,
    now: datetime,
    by: str,
    note: str,
    *,
    environment: str = EVERYWHERE,
    message_stream: str = EVERYWHERE,
    days: int | None = None,
) -> Ruling:
    """No mail from now on: none at all, or none of an environment or a message stream; `days` None: for good."""
    fact = f"{suppression.OPERATOR}.{days}" if days else suppression.OPERATOR
    place = Place(fact, environment, message_stream)
    return _ruling(address, Kind.OPERATOR, place, timestamp.to_text(now), Effect.SUPPRESSED, by, note)


def listed_by_ses(address: str, since: datetime, reason: str) -> Ruling:
    """SES's list of the account has the address since then, for `BOUNCE` or `COMPLAINT`."""
    note = f"on the account's suppression list for {reason}"
    return _by_ses(address, suppression.SES_ACCOUNT, since, Effect.SUPPRESSED, note)


def unlisted_by_ses(address: str, at: datetime) -> Ruling:
    """SES's list of the account had the address, and does not have it any more."""
    note = "no longer on the account's suppression list"
    return _by_ses(address, suppression.SES_UNLISTED, at, Effect.CLEARED, note)


def put_on_ses_list(address: str, at: datetime) -> Ruling:
    """We put it there: that entry is our own, and says nothing new."""
    note = "put on the account's suppression list by SES Feedback"
    return _by_ses(address, suppression.SES_PUSHED, at, Effect.NONE, note)


def ruling_row(ruling: Ruling, state: State, settings: Settings) -> Item:
    """The row of a ruling among the events of its address, given the state that it is merged into."""
    place, time = ruling.evidence.place, ruling.evidence.time
    held = [one for one in suppression.suppressions(state, settings) if one.event_id == ruling.event_id]
    expires = timestamp.to_datetime(timestamp.later(time, days=settings.policy.history_days))
    return {
        "event_id": ruling.event_id,
        "kind": ruling.kind,
        "recipient": ruling.address,
        "effect": ruling.effect,
        "scope": held[0].scope if held else None,
        "until": held[0].until if held else None,
        "environment": place.environment,
        "message_stream": place.message_stream,
        "occurred_at": time,
        "by": _cut(ruling.by, _BY_BYTES),
        "note": _cut(ruling.note, _NOTE_BYTES),
        "expires_at": int(expires.timestamp()),
    }


def _by_ses(address: str, fact: str, at: datetime, effect: Effect, note: str) -> Ruling:
    place = Place(fact, EVERYWHERE, EVERYWHERE)
    return _ruling(address, Kind.SES_LIST, place, timestamp.to_text(at), effect, "Amazon SES", note)


def _ruling(address: str, kind: Kind, place: Place, time: str, effect: Effect, by: str, note: str) -> Ruling:
    identity = "\n".join((kind, address, *place, time))
    event_id = hashlib.sha256(identity.encode()).hexdigest()[:32]
    return Ruling(address, kind, Evidence(place, f"{time}|{event_id}"), effect, by, note)


def _cut(text: str, size: int) -> str:
    return text.encode(errors="replace")[:size].decode(errors="ignore")
