"""Whether mail may be sent to an address: evidence that merges in any order, and a state folded from it.

Evidence is a fact about an address at a place (environment and message stream). `State` keeps, for each fact
and place, only the latest (`registers`) or, for soft evidence, the latest few (`soft`); merging twice or in
another order gives the same state. Nothing stored says "suppressed": that is a pure function of the state,
the settings and the time, so that a change of policy changes the answer.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ses_feedback import timestamp
from ses_feedback.settings.file import Settings
from ses_feedback.settings.policy import AtOnce, ScopeKind, Soft

DELIVERED, REINSTATED, NOT_SPAM = "delivered", "reinstated", "not_spam"
COMPLAINT, SES_SUPPRESSED, OPERATOR = "complaint", "ses_suppressed", "operator"
SES_ACCOUNT, SES_UNLISTED, SES_PUSHED = f"{SES_SUPPRESSED}.account", "ses_unlisted", "ses_pushed"
LOW, FULL = "low", "full"
SOFT = "soft"
EVERYWHERE = "*"
"""In place of an environment or message stream: what an operator says, or SES's list, is about all of them."""

KEPT_A_DAY = 5
"""Soft evidence beyond this on one day says nothing new."""

SES_GLOBAL_DAYS = 14
"""SES's global list (`Suppressed`) forgets an address after 14 days at most."""


class Place(NamedTuple):
    """What is known, and where: the fact, and the environment and message stream of the mail."""

    fact: str
    environment: str
    message_stream: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact about an address. `value` is `<time>|<event id>`: the time the mail was sent, for complaints
    the time of the complaint. `is_soft`: counts only together with others.
    """

    place: Place
    value: str
    is_soft: bool = False

    @property
    def time(self) -> str:
        return time_of(self.value)


@dataclass(frozen=True, slots=True)
class State:
    """All that is remembered of an address. `rev` grows with every write and means nothing else."""

    registers: Mapping[Place, str] = field(default_factory=dict)
    soft: Mapping[Place, frozenset[str]] = field(default_factory=dict)
    rev: int = 0

    def merged(self, evidence: Evidence, keep_days: int) -> "State":
        """The state with one more piece of evidence: what the ledger does with DynamoDB's expressions."""
        place, value = evidence.place, evidence.value
        if evidence.is_soft:
            values = self.soft.get(place, frozenset()) | {value}
            kept = values - surplus(values, keep_days)
            return State(self.registers, {**self.soft, place: kept}, self.rev + 1)
        if self.registers.get(place, "") >= value:
            return self
        return State({**self.registers, place: value}, self.soft, self.rev + 1)


@dataclass(frozen=True, slots=True)
class Suppression:
    """Mail to this address is stopped in `scope` (`global`, `environment:dev`, `message_stream:marketing`).

    `since` is the time of the evidence that decided, `until` the end (None: for good), `fact` what it says,
    `event_id` which event gave it.
    """

    scope: str
    fact: str
    since: str
    until: str | None
    event_id: str

    def holds_at(self, now: str) -> bool:
        return self.until is None or now < self.until


def time_of(value: str) -> str:
    return value.partition("|")[0]


def surplus(values: Iterable[str], keep_days: int) -> frozenset[str]:
    """The soft evidence to forget: beyond the newest five of a day, and beyond the last `keep_days` days.

    What is kept of a union is kept of its parts, so pruning after every merge loses nothing that counts.
    """
    by_day: dict[str, list[str]] = {}
    for value in sorted(values, reverse=True):
        by_day.setdefault(value[:10], []).append(value)
    days = sorted(by_day, reverse=True)
    kept = {value for day in days[:keep_days] for value in by_day[day][:KEPT_A_DAY]}
    return frozenset(values) - kept


def keep_days(settings: Settings) -> int:
    """The most distinct days of soft evidence that the policy can ask for.

    Those that the longest suppression rests on, and beside them the few that may come while it holds without
    being enough themselves: they must not push the others out.
    """
    return max(map(_keep_days, settings.policy.soft_rules.values()))


def _keep_days(rule: Soft) -> int:
    asked = max([rule.evidence, rule.distinct_days, *(step.distinct_days for step in rule.escalation)])
    longest = max([rule.days, *(step.days for step in rule.escalation)])
    too_few = max(rule.evidence, rule.distinct_days) - 1
    return asked + too_few * math.ceil(longest / rule.within_days)


def suppressions(state: State, settings: Settings) -> list[Suppression]:
    """All suppressions the state holds, ended ones too, the one that holds longest for each scope."""
    longest: dict[str, Suppression] = {}
    for found in (*_at_once(state, settings), *_soft(state, settings)):
        known = longest.get(found.scope)
        if known is None or _endurance(found) > _endurance(known):
            longest[found.scope] = found
    return [longest[scope] for scope in sorted(longest)]


def scopes(state: State, settings: Settings) -> set[str]:
    """Every scope that the state's evidence could suppress in, whether it does now or not."""
    lifting = (REINSTATED, SES_UNLISTED, SES_PUSHED)
    return {scope_of(place, settings) for place in (*state.registers, *state.soft) if place.fact not in lifting}


def scope_of(place: Place, settings: Settings) -> str:
    """How far a fact reaches: evidence outside production never leaves its environment."""
    if place.environment == EVERYWHERE:
        return "global" if place.message_stream == EVERYWHERE else f"message_stream:{place.message_stream}"
    environment = settings.environments.get(place.environment)
    if environment is None or not environment.production:
        return f"environment:{place.environment}"
    wanted = _scope_kind(place.fact, settings)
    if wanted == "environment" or place.message_stream == EVERYWHERE:
        return f"environment:{place.environment}"
    stream = settings.message_streams.get(place.message_stream)
    is_complaint_on_marketing = place.fact.startswith(COMPLAINT) and stream is not None and stream.marketing
    if wanted == "message_stream" or (wanted == "default" and is_complaint_on_marketing):
        return f"message_stream:{place.message_stream}"
    return "global"


def applies_to(scope: str, environment: str, message_stream: str, settings: Settings) -> bool:
    """Whether a suppression of this scope stops mail of that environment and stream."""
    here = settings.environments.get(environment)
    if here is None or not here.production:
        return scope == f"environment:{environment}" or scope == "global"
    return scope in ("global", f"environment:{environment}", f"message_stream:{message_stream}")


def counts(place: Place, value: str, state: State) -> bool:
    """Whether a piece of evidence still counts: not after a reinstatement, nor a complaint taken back."""
    time = time_of(value)
    for known, register in state.registers.items():
        if not _covers(known, place):
            continue
        if known.fact == REINSTATED and time <= time_of(register):
            return False
        if known.fact == NOT_SPAM and place.fact.startswith(COMPLAINT) and time <= time_of(register):
            return False
        if known.fact == DELIVERED and place.fact.startswith((SOFT, SES_SUPPRESSED)) and time < time_of(register):
            return False
        if known.fact == SES_UNLISTED and place.fact == SES_ACCOUNT and time <= time_of(register):
            return False
    return True


def _covers(known: Place, place: Place) -> bool:
    """Whether what is known at one place can take back what was found at another: what happens in dev cannot."""
    if known.environment not in (EVERYWHERE, place.environment):
        return False
    return known.fact != REINSTATED or known.message_stream in (EVERYWHERE, place.message_stream)


def _at_once(state: State, settings: Settings) -> Iterator[Suppression]:
    for place, value in state.registers.items():
        rule = _rule_of(place.fact, settings)
        if rule is not None and rule.suppress and counts(place, value, state):
            since, _, event_id = value.partition("|")
            until = timestamp.later(since, days=rule.days) if rule.days else None
            yield Suppression(scope_of(place, settings), place.fact, since, until, event_id)


def _rule_of(fact: str, settings: Settings) -> AtOnce | None:
    """The rule of a fact that decides by itself; None for all others."""
    policy = settings.policy
    name, _, detail = fact.partition(".")
    match name:
        case "user_unknown" | "mailbox_inactive" | "domain_invalid":
            rule: AtOnce = getattr(policy, name)
            return rule
        case "complaint":
            kind, _, confidence = detail.partition(".")
            found = policy.complaint.of_kind(kind)
            decides = found.suppress and (confidence == FULL or found.low_confidence == "suppress")
            return AtOnce(suppress=decides, scope=found.scope, days=found.days)
        case "ses_suppressed":  # mirrors SES's own lists: until the entry goes, or the global one ends
            scope: ScopeKind = "message_stream" if detail == "tenant" else "global"
            days = None if detail in ("account", "tenant") else SES_GLOBAL_DAYS
            return AtOnce(suppress=policy.ses_suppressed.suppress, scope=scope, days=days)
        case "operator":
            return AtOnce(days=int(detail) if detail else None)
    return None


def _soft_group(fact: str, settings: Settings) -> str:
    """What a piece of soft evidence counts together with: its own reason, or all that have no rule of their own."""
    reason = fact.partition(".")[2]
    return reason if reason in settings.policy.soft_rules else SOFT


def _scope_kind(fact: str, settings: Settings) -> ScopeKind:
    if fact.startswith(f"{SOFT}."):
        return settings.policy.soft_rules[_soft_group(fact, settings)].scope
    rule = _rule_of(fact, settings)
    return rule.scope if rule else "default"


def _soft(state: State, settings: Settings) -> Iterator[Suppression]:
    """Soft evidence suppresses where enough of it lies close together; each scope by itself."""
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for place, values in state.soft.items():
        group = (scope_of(place, settings), _soft_group(place.fact, settings))
        for value in values:
            if counts(place, value, state):
                groups.setdefault(group, {})[value] = place.fact
    for (scope, name), facts in groups.items():
        rule = settings.policy.soft_rules[name]
        if rule.suppress and (found := _latest_run(scope, facts, rule)):
            yield found


def _latest_run(scope: str, facts: Mapping[str, str], rule: Soft) -> Suppression | None:
    """The suppression of the last evidence that had enough before it within the window, if any has."""
    newest_first = sorted(facts, reverse=True)
    for index, value in enumerate(newest_first):
        since, _, event_id = value.partition("|")
        before = newest_first[index:]
        window = _within(before, since, rule.within_days)
        if len(window) >= rule.evidence and _distinct_days(window) >= rule.distinct_days:
            days = max([rule.days, *_escalated(before, since, rule)])
            return Suppression(scope, facts[value], since, timestamp.later(since, days=days), event_id)
    return None


def _escalated(before: list[str], since: str, rule: Soft) -> Iterator[int]:
    for step in rule.escalation:
        if _distinct_days(_within(before, since, step.within_days)) >= step.distinct_days:
            yield step.days


def _within(values: list[str], since: str, days: int) -> list[str]:
    start = timestamp.later(since, days=-days)
    return [value for value in values if time_of(value) > start]


def _distinct_days(values: Iterable[str]) -> int:
    return len({value[:10] for value in values})


def _endurance(suppression: Suppression) -> tuple[str, str, str]:
    return (suppression.until or "9999", suppression.since, suppression.fact)
