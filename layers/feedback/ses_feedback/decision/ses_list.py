"""SES's account-level suppression list beside what is known here: what to do so that both say the same.

SES compares addresses case-blind when it sends and case-exact when the list is managed, so that one address may
stand there in several spellings. Only what stops all mail here belongs there: the list knows no environments
and no streams.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ses_feedback import timestamp
from ses_feedback.decision import suppression
from ses_feedback.decision.suppression import EVERYWHERE, Place, State, Suppression
from ses_feedback.settings.file import Settings

OWN_ENTRY_SECONDS = 300
"""SES dates an entry that we put there within so much of our own note of it."""

_LISTED = Place(suppression.SES_ACCOUNT, EVERYWHERE, EVERYWHERE)
_PUSHED = Place(suppression.SES_PUSHED, EVERYWHERE, EVERYWHERE)


class ListAction(StrEnum):
    """`PUT` and `DELETE` change SES's list, `LEARN` and `FORGET` what is known here of it."""

    PUT = "put"
    DELETE = "delete"
    LEARN = "learn"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of SES's list: an address as it stands there, for `BOUNCE` or `COMPLAINT`, since when."""

    spelling: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What to do about one address. `spellings`: as SES's list has it, or is to have it."""

    do: ListAction
    address: str
    spellings: tuple[str, ...]
    reason: str
    since: datetime
    why: str


def step_for(address: str, entries: Sequence[Entry], state: State, settings: Settings, now: datetime) -> Step | None:
    """What the settings ask for so that SES's entries of an address, and its state here, agree."""
    wanted, own = settings.ses_list, own_suppression(state, settings, now)
    if not entries:
        if own and wanted.push:
            return put_step(address, own, now)
        if wanted.pull and _is_mirrored(state):
            return Step(ListAction.FORGET, address, (), "", now, "is no longer on SES's list")
        return None
    if own:
        return None
    latest = max(entries, key=lambda entry: entry.since)
    spellings = tuple(sorted(entry.spelling for entry in entries))
    since = timestamp.to_text(latest.since)
    if wanted.push and (why := _why_to_delete(since, state)):
        return Step(ListAction.DELETE, address, spellings, latest.reason, latest.since, why)
    is_known = suppression.time_of(state.registers.get(_LISTED, "")) >= since
    if wanted.pull and not is_known and suppression.counts(_LISTED, since, state):
        return Step(
            ListAction.LEARN, address, spellings, latest.reason, latest.since, f"SES lists it for {latest.reason}"
        )
    return None


def put_step(address: str, own: Suppression, now: datetime) -> Step:
    why = f"suppressed here: {own.fact}"
    reason = "COMPLAINT" if own.fact.startswith(suppression.COMPLAINT) else "BOUNCE"
    return Step(ListAction.PUT, address, (address,), reason, now, why)


def own_suppression(state: State, settings: Settings, now: datetime) -> Suppression | None:
    """What stops all mail to the address by our own evidence, whatever SES's lists say."""
    registers = {p: v for p, v in state.registers.items() if not p.fact.startswith(suppression.SES_SUPPRESSED)}
    found = suppression.suppressions(State(registers, state.soft), settings)
    moment = timestamp.to_text(now)
    return next((one for one in found if one.scope == "global" and one.holds_at(moment)), None)


def _is_mirrored(state: State) -> bool:
    listed = ((p, v) for p, v in state.registers.items() if p.fact == suppression.SES_ACCOUNT)
    return any(suppression.counts(place, value, state) for place, value in listed)


def _why_to_delete(since: str, state: State) -> str:
    everywhere = state.registers.get(Place(suppression.REINSTATED, EVERYWHERE, EVERYWHERE), "")
    if since <= suppression.time_of(everywhere):
        return "reinstated here"
    pushed = state.registers.get(_PUSHED)
    if pushed and since <= timestamp.later(suppression.time_of(pushed), seconds=OWN_ENTRY_SECONDS):
        return "put there from here, and no longer suppressed"
    return ""
