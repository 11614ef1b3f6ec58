"""Overrides: evidence that does not come from a mail. An operator decides, or SES's own list has the address.

An override is evidence like any other: it merges in any order, and newer evidence counts in spite of it.
"""

from dataclasses import dataclass
from datetime import datetime

from ses_feedback import timestamp
from ses_feedback.decision.fact import REINSTATED, Fact
from ses_feedback.decision.state import Evidence, Place, Stamp
from ses_feedback.event_id import override_id
from ses_feedback.scope import EVERYWHERE
from ses_feedback.vocabulary import Effect, Kind


@dataclass(frozen=True, slots=True)
class Override:
    """Who (`by`) decided what about an address, and why (`note`). `effect` is what it is meant to do."""

    address: str
    kind: Kind
    evidence: Evidence
    effect: Effect
    by: str
    note: str

    @property
    def event_id(self) -> str:
        return self.evidence.stamp.event_id


def reinstatement(address: str, now: datetime, by: str, note: str, message_stream: str = EVERYWHERE) -> Override:
    """Whatever was known until now no longer counts: for all mail, or for one message stream."""
    place = Place(REINSTATED, EVERYWHERE, message_stream)
    return _override(address, Kind.OPERATOR, place, now, effect=Effect.REINSTATED, by=by, note=note)


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
    """No mail from now on: none at all, or none of one environment or message stream; `days` None: for good."""
    place = Place(Fact.operator(days), environment, message_stream)
    return _override(address, Kind.OPERATOR, place, now, effect=Effect.SUPPRESSED, by=by, note=note)


def listed_by_ses(address: str, since: datetime, reason: str, tenant: str = "") -> Override:
    """The account's list, or the tenant's, has had the address since then, for `BOUNCE` or `COMPLAINT`."""
    note = f"on {_whose(tenant)} suppression list for {reason}"
    return _by_ses(address, Fact.ses_listed(tenant), since, Effect.SUPPRESSED, note)


def unlisted_by_ses(address: str, at: datetime, tenant: str = "") -> Override:
    """The list had the address and no longer does."""
    note = f"no longer on {_whose(tenant)} suppression list"
    return _by_ses(address, Fact.ses_unlisted(tenant), at, Effect.CLEARED, note)


def put_on_ses_list(address: str, at: datetime, tenant: str = "") -> Override:
    """We put it on the list ourselves: that entry says nothing new."""
    note = f"put on {_whose(tenant)} suppression list by SES Feedback"
    return _by_ses(address, Fact.ses_pushed(tenant), at, Effect.NONE, note)


def _whose(tenant: str) -> str:
    return f"the tenant {tenant}'s" if tenant else "the account's"


def _by_ses(address: str, fact: Fact, at: datetime, effect: Effect, note: str) -> Override:
    place = Place(fact, EVERYWHERE, EVERYWHERE)
    return _override(address, Kind.SES_LIST, place, at, effect=effect, by="Amazon SES", note=note)


def _override(
    address: str, kind: Kind, place: Place, moment: datetime, *, effect: Effect, by: str, note: str
) -> Override:
    time = timestamp.to_text(moment)
    event_id = override_id(kind, address, *place, time)
    return Override(address, kind, Evidence(place, Stamp.of(time, event_id)), effect, by, note)
