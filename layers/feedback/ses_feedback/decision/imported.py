"""Imports: evidence from the list of suppressions that another provider kept.

What the provider reported of mail (a bounce, a complaint) is the evidence that the same event gives here, with its
own time: policy, deliveries and reinstatements treat it alike. What somebody decided (an unsubscribe, an entry by
hand) is the evidence of an operator's suppression; an unsubscribe stays in marketing streams.

    listing                     evidence                                                 where
    hard bounce                 what the reply's words say; without any: user_unknown    the sending environment
    invalid address             user_unknown                                             the sending environment
    soft bounce                 soft.<reason>, whatever the words say                    the sending environment
    complaint                   complaint.unspecified.full                               the sending environment
    unsubscribe                 operator, or operator.<days>                             each marketing stream
    by hand                     operator, or operator.<days>                             everywhere
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ses_feedback import timestamp
from ses_feedback.bounces.classification import BounceReport, Classification, classify
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.state import Evidence, Place, Stamp
from ses_feedback.event_id import override_id
from ses_feedback.scope import EVERYWHERE, Scope
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Action, Kind, Reason


class Why(StrEnum):
    """Why a provider lists an address."""

    HARD = "hard_bounce"
    INVALID = "invalid"  # it is no address, or its domain takes no mail
    SOFT = "soft_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    MANUAL = "manual"


REPORTED = (Why.HARD, Why.INVALID, Why.SOFT, Why.COMPLAINT)
"""What mail caused; the others are decisions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One entry of a provider's list. Times are UTC texts of whole seconds (`timestamp`); None where there is none.

    `words`: the server's reply, or the provider's. `scope`: as the ledger writes it; None is all mail, or what
    `why` implies. `origin`: who or what put it there, in the provider's words.
    """

    address: str
    why: Why
    time: str | None = None
    until: str | None = None
    status: str | None = None
    words: str | None = None
    scope: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What a listing says at one place. `evidence` is None where the sender is at fault, or the list's entry has
    ended: kept in the history, and nothing more.
    """

    event_id: str
    time: str
    environment: str
    message_stream: str
    evidence: Evidence | None
    classification: Classification | None


class NotImportable(ValueError):
    """The listing cannot be imported, with the cause in words."""


def imported(
    address: str, listing: Listing, settings: Settings, *, dated: str, environment: str, message_stream: str | None
) -> Iterator[Imported]:
    """The evidence of a listing, given the address's key. `dated`: its time if it has none. `environment` and
    `message_stream`: where the provider sent the mail; a stream confines decisions too. Raises `NotImportable`.
    """
    time = listing.time or dated
    classification = _classified(listing.why, listing.status, listing.words)
    fact = _fact(listing, classification, time)
    for place_environment, stream in _places(listing, settings, environment, message_stream):
        event_id = override_id(Kind.IMPORTED, address, fact or "", place_environment, stream, time)
        place = Place(fact, place_environment, stream) if fact else None
        evidence = Evidence(place, Stamp.of(time, event_id)) if place else None
        yield Imported(event_id, time, place_environment, stream, evidence, classification)


def would_bounce(listing: Listing) -> bool:
    """Whether mail to it, sent from SES on the first day, would bounce for good."""
    classification = _classified(listing.why, listing.status, listing.words)
    return listing.why is not Why.SOFT and classification is not None and classification.action is Action.SUPPRESS


def _fact(listing: Listing, classification: Classification | None, time: str) -> Fact | None:
    if listing.why is Why.COMPLAINT:
        return Fact.complaint("", is_certain=True)
    if classification is None:
        days = _days(time, listing.until) if listing.until else None
        return None if days == 0 else Fact.operator(days)
    match classification.action:
        case Action.SUPPRESS:
            return Fact.hard(classification.reason)
        case Action.COUNT_SOFT:
            return Fact.soft(classification.reason)
    return None


@lru_cache(maxsize=10_000)
def _classified(why: Why, status: str | None, words: str | None) -> Classification | None:
    """What a bounce means; None for what is not one."""
    match why:
        case Why.HARD:
            found = classify(BounceReport(status, words, bounce_type="Permanent", bounce_sub_type="General"))
            if found.reason is Reason.UNKNOWN and not (status or words or "").lstrip().startswith("4"):
                return classify(BounceReport(bounce_type="Permanent", bounce_sub_type="General"))
            return found
        case Why.INVALID:
            return Classification(Reason.USER_UNKNOWN, Action.SUPPRESS, "listed-as-invalid")
        case Why.SOFT:
            found = classify(BounceReport(status, words, bounce_type="Transient"))
            if not (status or words) or found.reason is Reason.AUTOREPLY:
                return Classification(Reason.UNKNOWN, Action.COUNT_SOFT, "listed-as-soft")
            is_hard = found.action is Action.SUPPRESS
            return Classification(found.reason, Action.COUNT_SOFT, found.rule) if is_hard else found
    return None


def _days(time: str, until: str) -> int:
    """Whole days, rounded up, so that it ends no sooner than there; 0 where it had ended before it began."""
    seconds = (timestamp.to_datetime(until) - timestamp.to_datetime(time)).total_seconds()
    return max(math.ceil(seconds / 86_400), 0)


def _places(
    listing: Listing, settings: Settings, environment: str, message_stream: str | None
) -> Iterator[tuple[str, str]]:
    """Environment and message stream."""
    is_reported = listing.why in REPORTED
    scope = Scope(listing.scope or "")
    match scope.kind:
        case "environment":
            if scope.name not in settings.environments:
                raise NotImportable(f"no environment {scope.name!r} in the settings")
            yield scope.name, settings.default.message_stream if is_reported else EVERYWHERE
            return
        case "message_stream":
            if scope.name not in (*settings.message_streams, settings.default.message_stream):
                raise NotImportable(f"no message stream {scope.name!r} in the settings")
            message_stream = scope.name
        case "tenant":
            raise NotImportable("a suppression of a tenant: put it on that tenant's list, and run sync-ses --tenant")
    if is_reported:
        yield environment, message_stream or settings.default.message_stream
    elif message_stream or listing.why is Why.MANUAL:
        yield EVERYWHERE, message_stream or EVERYWHERE
    else:
        yield from ((EVERYWHERE, name) for name, stream in settings.message_streams.items() if stream.marketing)
