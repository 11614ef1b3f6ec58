"""Policy: how much evidence, of what kind, keeps mail away from an address; where, and for how long.

The defaults are here, `[policy]` in feedback.toml changes them. What must hold whatever the settings say (a
marketing complaint does not stop a password reset, evidence outside production stays there) is in
`suppression`, which applies this.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

type Days = Annotated[int, Field(ge=1, le=3650)]
type ScopeKind = Literal["default", "global", "environment", "message_stream"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AtOnce(_Model):
    """One piece of evidence decides. `days`: for how long it holds, None for good."""

    suppress: bool = True
    scope: ScopeKind = "default"
    days: Days | None = None


class Escalation(_Model):
    """So many distinct days of soft evidence within a span hold the suppression for longer."""

    distinct_days: Annotated[int, Field(ge=1, le=30)]
    within_days: Days
    days: Days


class Soft(_Model):
    """Evidence that only counts together: a full mailbox, an unreachable server."""

    suppress: bool = True
    scope: ScopeKind = "default"
    evidence: Annotated[int, Field(ge=1, le=50)] = 5
    distinct_days: Annotated[int, Field(ge=1, le=30)] = 3
    within_days: Days = 30
    days: Days = 7
    escalation: tuple[Escalation, ...] = (
        Escalation(distinct_days=6, within_days=180, days=30),
        Escalation(distinct_days=10, within_days=180, days=90),
    )


class Complaints(_Model):
    """`low_confidence`: what a complaint does that lists several recipients, its author among them."""

    suppress: bool = True
    scope: ScopeKind = "default"
    days: Days | None = None
    low_confidence: Literal["count", "suppress"] = "count"


class Policy(_Model):
    """`[policy]`: reasons that decide at once, soft evidence, complaints; a day is 24 hours.

    `history_days`: how long an event's row is kept; the state of an address outlives its rows.
    """

    user_unknown: AtOnce = AtOnce()
    mailbox_inactive: AtOnce = AtOnce()
    domain_invalid: AtOnce = AtOnce(days=30)
    soft: Soft = Soft()
    complaint: Complaints = Complaints()
    history_days: Days = 730
