"""Policy: how much evidence, of what kind, keeps mail away from an address; where, and for how long.

The defaults are here, `[policy]` in feedback.toml changes them. What no setting changes (a marketing
complaint does not stop a password reset, evidence outside production stays there) is in `suppression`, which
applies this.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ses_feedback.vocabulary import ACTION_OF, Action, Reason

type Days = Annotated[int, Field(ge=1, le=3650)]
type DaysOrForGood = Annotated[Days | None, BeforeValidator(lambda days: None if days == "for good" else days)]
type Reach = Literal["default", "global", "environment", "message_stream"]

SOFT_REASONS = tuple(reason for reason, action in ACTION_OF.items() if action is Action.COUNT_SOFT)
COMPLAINT_KINDS = ("abuse", "fraud", "virus", "other", "unspecified")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def with_what_is_set_in(self, table: Self) -> Self:
        """A copy, changed by the keys that another table names."""
        return self.model_copy(update={name: getattr(table, name) for name in table.model_fields_set})


class AtOnce(_Model):
    """One piece of evidence decides. `days`: for how long; None (written "for good") is without end."""

    suppress: bool = True
    scope: Reach = "default"
    days: DaysOrForGood = None


class AtOnceForAWhile(AtOnce):
    """A domain may be registered or repaired again."""

    days: DaysOrForGood = 30


class Mirror(_Model):
    """What SES's own lists say. How far and how long follow from the list."""

    suppress: bool = True


class Escalation(_Model):
    """Soft evidence on this many distinct days within a span makes the suppression last longer."""

    distinct_days: Annotated[int, Field(ge=1, le=30)]
    within_days: Days
    days: Days


class Soft(_Model):
    """Evidence that only counts together with more: a full mailbox, an unreachable server."""

    suppress: bool = True
    scope: Reach = "default"
    evidence: Annotated[int, Field(ge=1, le=50)] = 5
    distinct_days: Annotated[int, Field(ge=1, le=30)] = 3
    within_days: Days = 180
    days: Days = 7
    escalation: tuple[Escalation, ...] = (
        Escalation(distinct_days=6, within_days=60, days=30),
        Escalation(distinct_days=10, within_days=180, days=90),
    )


class Complaint(_Model):
    """`low_confidence`: what a complaint does that lists several recipients, one of whom complained."""

    suppress: bool = True
    scope: Reach = "default"
    days: DaysOrForGood = None
    low_confidence: Literal["count", "suppress"] = "count"


class Complaints(Complaint):
    """All complaints, and what differs for some kinds. `unspecified`: without a type."""

    abuse: Complaint = Complaint()
    fraud: Complaint = Complaint()
    virus: Complaint = Complaint()
    other: Complaint = Complaint()
    unspecified: Complaint = Complaint()

    @cached_property
    def _by_kind(self) -> Mapping[str, Complaint]:
        common = Complaint().with_what_is_set_in(self)
        return {kind: common.with_what_is_set_in(getattr(self, kind)) for kind in COMPLAINT_KINDS} | {"": common}

    def of_kind(self, kind: str) -> Complaint:
        """The rule of a kind of complaint; an unknown kind has the common one."""
        return self._by_kind.get(kind) or self._by_kind[""]


class Policy(_Model):
    """`[policy]`: reasons that decide at once, soft evidence, complaints; a day is 24 hours.

    A soft reason with a table of its own counts separately, all others count together; a key that its table omits
    is as in `soft`. `history_days`: how long an event's row is kept; the state of an address is kept for good.
    """

    user_unknown: AtOnce = AtOnce()
    mailbox_inactive: AtOnce = AtOnce()
    domain_invalid: AtOnceForAWhile = AtOnceForAWhile()
    ses_suppressed: Mirror = Mirror()
    soft: Soft = Soft()
    mailbox_full: Soft | None = None
    relay_denied: Soft | None = None
    network_error: Soft | None = None
    server_error: Soft | None = None
    unknown: Soft | None = None
    complaint: Complaints = Complaints()
    history_days: Days = 730

    @cached_property
    def soft_rules(self) -> Mapping[str, Soft]:
        """By reason, those that count separately; `soft` for all others."""
        own = {reason: getattr(self, reason) for reason in SOFT_REASONS}
        return {"soft": self.soft} | {
            reason: self.soft.with_what_is_set_in(table) for reason, table in own.items() if table is not None
        }

    @model_validator(mode="after")
    def _can_happen(self) -> Self:
        for name, rule in self.soft_rules.items():
            asked = [(rule.distinct_days, rule.within_days)]
            asked += [(step.distinct_days, step.within_days) for step in rule.escalation]
            for days, span in asked:
                if days > span + 1:
                    raise ValueError(f"policy.{name}: {days} distinct days within {span} days are impossible")
        return self


def why_not_settable(name: str) -> str:
    """Why a reason has no table in `[policy]`; empty for anything that is not such a reason."""
    if name not in list(Reason) or name in Policy.model_fields:
        return ""
    return f"{name} calls for {ACTION_OF[Reason(name)]} and never suppresses an address; "
