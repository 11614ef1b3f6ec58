"""What is known of an address: evidence that merges in any order, and the state folded from it.

Evidence is a fact about an address at a place (environment and message stream). `State` keeps, for each fact
and place, only the latest (`registers`) or, for soft evidence, the latest few (`soft`); merging twice or in
another order gives the same state. The state says what was reported, never what follows from it: that is
`suppression`.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from ses_feedback.decision.fact import Fact
from ses_feedback.settings.file import Settings
from ses_feedback.settings.policy import Soft

KEPT_A_DAY = 5
"""Soft evidence beyond this on one day says nothing new."""


class Place(NamedTuple):
    """What is known, and where: the fact, and the environment and message stream of the mail."""

    fact: Fact
    environment: str
    message_stream: str


class Stamp(str):
    """When, and by which event: `<time>|<event id>`. Stamps compare as their text, so the later one is greater."""

    __slots__ = ()

    @classmethod
    def of(cls, time: str, event_id: str) -> Self:
        return cls(f"{time}|{event_id}")

    @property
    def time(self) -> str:
        return self.partition("|")[0]

    @property
    def event_id(self) -> str:
        return self.partition("|")[2]

    @property
    def day(self) -> str:
        return self[:10]


NEVER = Stamp("")
"""Before every other stamp: where nothing is known."""


class Evidence(NamedTuple):
    """One fact about an address. Its stamp has the time the mail was sent, for complaints that of the complaint."""

    place: Place
    stamp: Stamp

    @property
    def is_soft(self) -> bool:
        """Whether it counts only together with others."""
        return self.place.fact.is_soft

    @property
    def time(self) -> str:
        return self.stamp.time


@dataclass(frozen=True, slots=True)
class State:
    """All that is remembered of an address. `rev` grows with every write and means nothing else."""

    registers: Mapping[Place, Stamp] = field(default_factory=dict)
    soft: Mapping[Place, frozenset[Stamp]] = field(default_factory=dict)
    rev: int = 0

    def merged(self, evidence: Evidence, keep_days: int) -> "State":
        """The state with one more piece of evidence: what the ledger does with DynamoDB's expressions."""
        place, stamp = evidence
        if evidence.is_soft:
            stamps = self.soft.get(place, frozenset()) | {stamp}
            kept = stamps - surplus(stamps, keep_days)
            return State(self.registers, {**self.soft, place: kept}, self.rev + 1)
        if self.registers.get(place, NEVER) >= stamp:
            return self
        return State({**self.registers, place: stamp}, self.soft, self.rev + 1)

    def joined(self, other: "State") -> "State":
        """What both know, of an address that is filed under two keys."""
        registers = {
            place: max(self.registers.get(place, NEVER), other.registers.get(place, NEVER))
            for place in {*self.registers, *other.registers}
        }
        soft = {
            place: self.soft.get(place, frozenset()) | other.soft.get(place, frozenset())
            for place in {*self.soft, *other.soft}
        }
        return State(registers, soft, max(self.rev, other.rev))


def surplus(stamps: Iterable[Stamp], keep_days: int) -> frozenset[Stamp]:
    """The soft evidence to forget: beyond the newest five of a day, and beyond the last `keep_days` days.

    What is kept of a union is kept of its parts, so pruning after every merge loses nothing that counts.
    """
    by_day: dict[str, list[Stamp]] = {}
    for stamp in sorted(stamps, reverse=True):
        by_day.setdefault(stamp.day, []).append(stamp)
    days = sorted(by_day, reverse=True)
    kept = {stamp for day in days[:keep_days] for stamp in by_day[day][:KEPT_A_DAY]}
    return frozenset(stamps) - kept


def keep_days(settings: Settings) -> int:
    """The most distinct days of soft evidence that the policy can ask for.

    Those that the longest suppression rests on, and beside them the few that may arrive while it holds without
    being enough themselves: they must not push the others out.
    """
    return max(map(_keep_days, settings.policy.soft_rules.values()))


def _keep_days(rule: Soft) -> int:
    too_few = max(rule.evidence, rule.distinct_days) - 1
    steps = [(rule.distinct_days, rule.within_days, rule.days)]
    steps += [(step.distinct_days, step.within_days, step.days) for step in rule.escalation]
    return max(
        max(rule.evidence, asked)
        + too_few * math.ceil(days / rule.within_days)
        + (asked - 1) * math.ceil(days / within_days)
        for asked, within_days, days in steps
    )
