"""The judgement: what one piece of evidence did to its address, and what the index of the suppressed must say."""

from collections.abc import Mapping
from dataclasses import dataclass

from ses_feedback.decision import suppression
from ses_feedback.decision.fact import NOT_SPAM
from ses_feedback.decision.override import Override
from ses_feedback.decision.state import Evidence, State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.scope import Scope
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Effect


@dataclass(frozen=True, slots=True)
class Judged:
    """`suppression` is what the evidence began or prolonged. `entries` are those of the index to write: what holds
    in a scope, None where nothing does any more.
    """

    effect: Effect
    suppression: Suppression | None
    entries: Mapping[Scope, Suppression | None]


def judge(evidence: Evidence, state: State, settings: Settings) -> Judged:
    """What a report's evidence did, given the state that it is merged into."""
    if evidence.place.fact.is_delivery or evidence.place.fact == NOT_SPAM:
        if not _clears(evidence, state):
            return _NOTHING
        return Judged(Effect.CLEARED, None, _all_entries(state, settings))
    if not suppression.counts(evidence.place, evidence.time, state):
        return _NOTHING
    scope = suppression.scope_of(evidence.place, settings)
    held = _held(state, settings).get(scope)
    if held is None:
        return Judged(Effect.COUNTED, None, {})
    if _decides(evidence, held, state, settings):
        return Judged(Effect.SUPPRESSED, held, {scope: held})
    return Judged(Effect.COUNTED, None, {scope: held})


def judge_override(override: Override, state: State, settings: Settings) -> Judged:
    """What an override did, given the state that it is merged into: it may change every scope."""
    entries = _all_entries(state, settings)
    own = (entry for entry in entries.values() if entry and entry.event_id == override.event_id)
    return Judged(override.effect, next(own, None), entries)


_NOTHING = Judged(Effect.NONE, None, {})


def _held(state: State, settings: Settings) -> dict[Scope, Suppression]:
    return {entry.scope: entry for entry in suppression.suppressions(state, settings)}


def _all_entries(state: State, settings: Settings) -> dict[Scope, Suppression | None]:
    held = _held(state, settings)
    return {scope: held.get(scope) for scope in sorted(suppression.scopes(state, settings))}


def _clears(evidence: Evidence, state: State) -> bool:
    """Whether there is something that this takes back."""
    alone = State({evidence.place: evidence.stamp})
    soft = ((place, stamp) for place, stamps in state.soft.items() for stamp in stamps)
    known = (*state.registers.items(), *soft)
    return any(not suppression.counts(place, stamp.time, alone) for place, stamp in known)


def _decides(evidence: Evidence, held: Suppression, state: State, settings: Settings) -> bool:
    """Whether the evidence suppresses: by itself, or as soft evidence that begins or prolongs a suppression."""
    place = evidence.place
    if not evidence.is_soft:
        return suppression.suppresses_at_once(place.fact, settings)
    others = state.soft.get(place, frozenset()) - {evidence.stamp}
    before = State(state.registers, {**state.soft, place: others})
    return held not in suppression.suppressions(before, settings)
