"""Refold: where the stored index differs from what state and policy say, and why.

The state of an address is facts; who is suppressed follows from them and the policy. The index has the answer as
of the last event, so after a change of policy it must be brought in line.
"""

from dataclasses import dataclass

from ses_feedback.decision import suppression
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.state import State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.items import Entries
from ses_feedback.scope import Scope
from ses_feedback.settings.file import Settings


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the index that must change; None means not suppressed. `why` in one line."""

    address: str
    scope: Scope
    before: Suppression | None
    after: Suppression | None
    why: str


def changes(address: str, state: State, stored: Entries, settings: Settings) -> list[Change]:
    """What differs; nothing where the index is in line."""
    held = {entry.scope: entry for entry in suppression.suppressions(state, settings)}
    return [
        Change(address, scope, before, after, _why(scope, before, after, state, settings))
        for scope in sorted({*stored, *held})
        if (before := stored.get(scope)) != (after := held.get(scope))
    ]


def _why(
    scope: Scope, before: Suppression | None, after: Suppression | None, state: State, settings: Settings
) -> str:
    if before is None:
        return f"{after.fact} suppresses here by the policy" if after else ""
    if after is None:
        return _why_lifted(scope, before.fact, state, settings)
    if before.fact != after.fact:
        return f"{after.fact} decides now, {before.fact} did"
    if before.since != after.since:
        return f"other evidence of {after.fact} decides"
    return f"{after.fact} holds {_span(after)} by the policy, not {_span(before)}"


def _why_lifted(scope: Scope, fact: Fact, state: State, settings: Settings) -> str:
    evidence = [(place, stamp) for place, stamp in state.registers.items() if place.fact == fact]
    evidence += [(place, stamp) for place, stamps in state.soft.items() if place.fact == fact for stamp in stamps]
    counting = [place for place, stamp in evidence if suppression.counts(place, stamp.time, state)]
    reached = sorted({suppression.scope_of(place, settings) for place in counting})
    if not evidence:
        return f"no evidence of {fact} is known"
    if not counting:
        return f"{fact} was taken back: by a reinstatement, a delivery or a withdrawn complaint"
    if scope not in reached:
        return f"{fact} reaches {', '.join(reached)} by the policy, not {scope}"
    too_little = ", or not by so little evidence" if fact.is_soft else ""
    return f"{fact} does not suppress by the policy{too_little}"


def _span(entry: Suppression) -> str:
    return f"until {entry.until}" if entry.until else "for good"
