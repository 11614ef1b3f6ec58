"""Policy: how much evidence, of what kind, keeps mail away from an address; where, and for how long.

The defaults are here, `[policy]` in feedback.toml changes them. What no setting changes (a marketing
complaint does not stop a password reset, evidence outside production stays there) is in `suppression`, which
applies this.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from msgspec import structs

from ses_feedback.settings.checked import Between, Checked, Table
from ses_feedback.vocabulary import ACTION_OF, Action, Reason


def _days_or_for_good(days: object) -> object:
    return None if days == "for good" else days


type Days = Annotated[int, Between(1, 3650)]
type DaysOrForGood = Annotated[Days | None, Checked("BeforeValidator", _days_or_for_good)]
type Reach = Literal["default", "global", "environment", "message_stream"]

SOFT_REASONS = tuple(reason for reason, action in ACTION_OF.items() if action is Action.COUNT_SOFT)
COMPLAINT_KINDS = ("abuse", "fraud", "virus", "other", "unspecified")


class AtOnce(Table, frozen=True):
    """One piece of evidence decides. `days`: for how long; None (written "for good") is without end."""

    suppress: bool = True
    scope: Reach = "default"
    days: DaysOrForGood = None


class AtOnceForAWhile(AtOnce, frozen=True):
    """A domain may be registered or repaired again."""

    days: DaysOrForGood = 30


class Mirror(Table, frozen=True):
    """What SES's own lists say. How far and how long follow from the list."""

    suppress: bool = True


class Escalation(Table, frozen=True):
    """Soft evidence on this many distinct days within a span makes the suppression last longer."""

    distinct_days: Annotated[int, Between(1, 30)]
    within_days: Days
    days: Days


class Soft(Table, frozen=True):
    """Evidence that only counts together with more: a full mailbox, an unreachable server."""

    suppress: bool = True
    scope: Reach = "default"
    evidence: Annotated[int, Between(1, 50)] = 5
    distinct_days: Annotated[int, Between(1, 30)] = 3
    within_days: Days = 180
    days: Days = 7
    escalation: tuple[Escalation, ...] = (
        Escalation(distinct_days=6, within_days=60, days=30),
        Escalation(distinct_days=10, within_days=180, days=90),
    )


class Complaint(Table, frozen=True):
    """`low_confidence`: what a complaint does that lists several recipients, one of whom complained."""

    suppress: bool = True
    scope: Reach = "default"
    days: DaysOrForGood = None
    low_confidence: Literal["count", "suppress"] = "count"


class Complaints(Complaint, frozen=True):
    """All complaints, and what differs for some kinds. `unspecified`: without a type."""

    abuse: Complaint = Complaint()
    fraud: Complaint = Complaint()
    virus: Complaint = Complaint()
    other: Complaint = Complaint()
    unspecified: Complaint = Complaint()

    def of_kind(self, kind: str) -> Complaint:
        """The rule of a kind of complaint; an unknown kind has the common one."""
        return getattr(self, kind) if kind in COMPLAINT_KINDS else self


def _complaints_in(table: Any, read: Callable[[Any], Complaints]) -> Complaints:
    """What the table of a kind omits is as for all complaints."""
    complaints = read(table)
    common = Complaint(**{field.name: getattr(complaints, field.name) for field in structs.fields(Complaint)})
    kinds: dict[str, Any] = {kind: _refined(common, complaints, kind, table) for kind in COMPLAINT_KINDS}
    return structs.replace(complaints, **kinds)


class Policy(Table, frozen=True, dict=True):
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
    complaint: Annotated[Complaints, Checked("WrapValidator", _complaints_in)] = Complaints()
    history_days: Days = 730

    @cached_property
    def soft_rules(self) -> Mapping[str, Soft]:
        """By reason, those that count separately; `soft` for all others."""
        own = {reason: getattr(self, reason) for reason in SOFT_REASONS}
        return {"soft": self.soft} | {reason: rule for reason, rule in own.items() if rule is not None}


def policy_in(table: Any, read: Callable[[Any], Policy]) -> Policy:
    """What the table of a soft reason omits is as in `soft`. Raises ValueError for what can never happen."""
    policy = read(table)
    own = [reason for reason in SOFT_REASONS if getattr(policy, reason) is not None]
    rules: dict[str, Any] = {reason: _refined(policy.soft, policy, reason, table) for reason in own}
    policy = structs.replace(policy, **rules)
    for name, rule in policy.soft_rules.items():
        asked = [(rule.distinct_days, rule.within_days)]
        asked += [(step.distinct_days, step.within_days) for step in rule.escalation]
        for days, span in asked:
            if days > span + 1:
                raise ValueError(f"policy.{name}: {days} distinct days within {span} days are impossible")
    return policy


def _refined[Rule: (Soft, Complaint)](common: Rule, rules: object, name: str, table: Mapping[str, Any]) -> Rule:
    """The common rule, changed by the keys that the table of `name` has."""
    return structs.replace(common, **{key: getattr(getattr(rules, name), key) for key in table.get(name, ())})


def why_not_settable(name: str) -> str:
    """Why a reason has no table in `[policy]`; empty for anything that is not such a reason."""
    if name not in list(Reason) or name in {field.name for field in structs.fields(Policy)}:
        return ""
    return f"{name} calls for {ACTION_OF[Reason(name)]} and never suppresses an address; "
