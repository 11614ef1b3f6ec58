"""A suppression list of SES, the account's or a tenant's, beside what is known here: what to do so that both agree.

SES ignores case when it sends but not when the list is managed, so one address may be listed in several spellings.
Only what stops all mail here belongs there: the list does not know environments or streams.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ses_feedback import timestamp
from ses_feedback.decision import suppression
from ses_feedback.decision.fact import REINSTATED, Fact
from ses_feedback.decision.state import NEVER, Place, State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.scope import EVERYWHERE, GLOBAL
from ses_feedback.settings.file import Settings

OWN_ENTRY_SECONDS = 300
"""The date of an entry that we put on SES's list is at most this far from our own record of it."""

_REINSTATED = Place(REINSTATED, EVERYWHERE, EVERYWHERE)


class ListAction(StrEnum):
    """`PUT` and `DELETE` change SES's list, `LEARN` and `FORGET` what is known here of it."""

    PUT = "put"
    DELETE = "delete"
    LEARN = "learn"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of SES's list: the address as it is spelled there, for `BOUNCE` or `COMPLAINT`, since when, and by
    which mail: empty if it was put there by hand, or where only the list was read.
    """

    spelling: str
    reason: str
    since: datetime
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do about one address. `spellings`: as SES's list has it, or will have it. `tenant`: whose list it is;
    empty for the account's.
    """

    do: ListAction
    address: str
    spellings: tuple[str, ...]
    reason: str
    since: datetime
    why: str
    tenant: str = ""


def step_for(
    address: str, entries: Sequence[Entry], state: State, settings: Settings, now: datetime, tenant: str = ""
) -> Step | None:
    """What the settings ask for so that SES's entries of an address, and its state here, agree."""
    wanted, own = settings.ses_list, own_suppression(state, settings, now)
    if not entries:
        if own and wanted.push:
            return put_step(address, own, now, tenant)
        if wanted.pull and _is_mirrored(state, tenant):
            return Step(ListAction.FORGET, address, (), "", now, "is no longer on SES's list", tenant)
        return None
    if own:
        return None
    latest = max(entries, key=lambda entry: entry.since)
    spellings = tuple(sorted(entry.spelling for entry in entries))
    since = timestamp.to_text(latest.since)
    if wanted.push and (why := _why_to_delete(since, state, tenant)):
        return Step(ListAction.DELETE, address, spellings, latest.reason, latest.since, why, tenant)
    listed = Place(Fact.ses_listed(tenant), EVERYWHERE, EVERYWHERE)
    is_known = state.registers.get(listed, NEVER).time >= since
    if wanted.pull and not is_known and suppression.counts(listed, since, state):
        why = f"SES lists it for {latest.reason}"
        return Step(ListAction.LEARN, address, spellings, latest.reason, latest.since, why, tenant)
    return None


def put_step(address: str, own: Suppression, now: datetime, tenant: str = "") -> Step:
    why = f"suppressed here: {own.fact}"
    reason = "COMPLAINT" if own.fact.is_complaint else "BOUNCE"
    return Step(ListAction.PUT, address, (address,), reason, now, why, tenant)


def own_suppression(state: State, settings: Settings, now: datetime) -> Suppression | None:
    """What stops all mail to the address by our own evidence, whatever SES's lists say."""
    registers = {place: stamp for place, stamp in state.registers.items() if not place.fact.is_from_ses_list}
    held, moment = suppression.suppressions(State(registers, state.soft), settings), timestamp.to_text(now)
    return next((entry for entry in held if entry.scope == GLOBAL and entry.holds_at(moment)), None)


def _is_mirrored(state: State, tenant: str) -> bool:
    fact = Fact.ses_listed(tenant)
    listed = ((place, stamp) for place, stamp in state.registers.items() if place.fact == fact)
    return any(suppression.counts(place, stamp.time, state) for place, stamp in listed)


def _why_to_delete(since: str, state: State, tenant: str) -> str:
    if since <= state.registers.get(_REINSTATED, NEVER).time:
        return "reinstated here"
    pushed = state.registers.get(Place(Fact.ses_pushed(tenant), EVERYWHERE, EVERYWHERE))
    if pushed and since <= timestamp.later(pushed.time, seconds=OWN_ENTRY_SECONDS):
        return "put there from here, and no longer suppressed"
    return ""
