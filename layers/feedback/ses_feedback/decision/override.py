"""Rulings: evidence that no mail gave. An operator decides on an address, or SES's own list is seen to have it.

A ruling is evidence like any other: it merges in any order, and what is newer than it counts against it.
"""

from dataclasses import dataclass
from datetime import datetime

from ses_feedback import timestamp
from ses_feedback.decision import suppression
from ses_feedback.decision.suppression import EVERYWHERE, Evidence, Place
from ses_feedback.event_id import override_id
from ses_feedback.vocabulary import Effect, Kind


@dataclass(frozen=True, slots=True)
class Override:
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


def reinstatement(address: str, now: datetime, by: str, note: str, message_stream: str = EVERYWHERE) -> Override:
    """What was known until now no longer counts: of all mail, or of one message stream."""
    place = Place(suppression.REINSTATED, EVERYWHERE, message_stream)
    return _override(address, Kind.OPERATOR, place, timestamp.to_text(now), Effect.REINSTATED, by, note)


def suppression_of(
    address: str,
    now: datetime,
    by: str,
    note: str,
    *,
    environment: str = EVERYWHERE,
    message_stream: str = EVERYWHERE,
    days: int | None = None,
) -> Override:
    """No mail from now on: none at all, or none of an environment or a message stream; `days` None: for good."""
    fact = f"{suppression.OPERATOR}.{days}" if days else suppression.OPERATOR
    place = Place(fact, environment, message_stream)
    return _override(address, Kind.OPERATOR, place, timestamp.to_text(now), Effect.SUPPRESSED, by, note)


def listed_by_ses(address: str, since: datetime, reason: str) -> Override:
    """SES's list of the account has the address since then, for `BOUNCE` or `COMPLAINT`."""
    note = f"on the account's suppression list for {reason}"
    return _by_ses(address, suppression.SES_ACCOUNT, since, Effect.SUPPRESSED, note)


def unlisted_by_ses(address: str, at: datetime) -> Override:
    """SES's list of the account had the address, and does not have it any more."""
    note = "no longer on the account's suppression list"
    return _by_ses(address, suppression.SES_UNLISTED, at, Effect.CLEARED, note)


def put_on_ses_list(address: str, at: datetime) -> Override:
    """We put it there: that entry is our own, and says nothing new."""
    note = "put on the account's suppression list by SES Feedback"
    return _by_ses(address, suppression.SES_PUSHED, at, Effect.NONE, note)


def _by_ses(address: str, fact: str, at: datetime, effect: Effect, note: str) -> Override:
    place = Place(fact, EVERYWHERE, EVERYWHERE)
    return _override(address, Kind.SES_LIST, place, timestamp.to_text(at), effect, "Amazon SES", note)


def _override(address: str, kind: Kind, place: Place, time: str, effect: Effect, by: str, note: str) -> Override:
    event_id = override_id(kind, address, *place, time)
    return Override(address, kind, Evidence(place, f"{time}|{event_id}"), effect, by, note)
