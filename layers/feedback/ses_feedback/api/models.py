"""What requests hold and what they are answered with; docs/openapi.json is made of it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ses_feedback.vocabulary import Effect

MOST_ADDRESSES = 1_000

type Address = Annotated[str, StringConstraints(max_length=1_000)]
type Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
type Why = Annotated[str, StringConstraints(min_length=1, max_length=1_000, strip_whitespace=True)]
type Tenant = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{1,64}$")]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class CheckRequest(_Request):
    """The mail that is to be sent: to whom, in which message stream, from which environment."""

    addresses: list[Address] = Field(min_length=1, max_length=MOST_ADDRESSES)
    stream: Name | None = Field(None, description="Of the settings; without, their default.")
    environment: Name | None = Field(None, description="Of the settings; without, their default.")


class SuppressRequest(_Request):
    reason: Why = Field(description="Why, for whoever looks at the address next.")
    stream: Name | None = Field(None, description="Stop this message stream only.")
    environment: Name | None = Field(None, description="Stop this environment's mail only.")
    days: int | None = Field(None, ge=1, le=3650, description="For this many days; without, for good.")


class ReinstateRequest(_Request):
    reason: Why = Field(description="Why, for whoever looks at the address next.")
    stream: Name | None = Field(None, description="Allow this message stream only; SES's lists stay as they are.")
    tenants: list[Tenant] = Field(
        default_factory=list, max_length=10, description="Tenants of SES whose lists may have it, beside those known."
    )


class Suppression(BaseModel):
    """What stops mail: in which scope, for which fact, since and until when, by which event. `rule`: an operator's
    rule for the whole domain.
    """

    scope: str
    fact: str
    since: str
    until: str | None = Field(description="None: for good.")
    event_id: str
    rule: str | None = None


class Verdict(BaseModel):
    address: str = Field(description="As it was asked for.")
    may_send: bool
    suppressions: list[Suppression] = Field(description="What stops this mail.")


class CheckAnswer(BaseModel):
    environment: str
    message_stream: str
    verdicts: list[Verdict] = Field(description="In the order of the addresses.")


class StreamVerdict(BaseModel):
    environment: str
    message_stream: str
    may_send: bool


class Rule(BaseModel):
    rule: str
    events: list[dict[str, Any]]


class AddressAnswer(BaseModel):
    """`events`: the timeline, oldest first; their fields are those of docs/policy.md and `why --json`."""

    address: str
    known: bool
    verdicts: list[StreamVerdict]
    suppressions: list[Suppression] = Field(description="In any scope.")
    soft_evidence: int
    events: list[dict[str, Any]]
    rules: list[Rule] = Field(default_factory=list, description="Operators' rules over its domain.")


class Outcome(BaseModel):
    address: str = Field(description="The address, or the pattern of a rule.")
    effect: Effect
    event_id: str
    at: str
    by: str
    reason: str
    before: list[Suppression]
    after: list[Suppression]


class ListOutcome(BaseModel):
    """One of SES's lists. `trouble`: why it could not be changed; `add_permission`: what to add to the policy."""

    whose: Literal["account", "tenant"]
    tenant: str | None
    changed: list[str] = Field(description="The spellings that were put there, or removed.")
    trouble: str | None
    add_permission: dict[str, Any] | None


class OverrideAnswer(BaseModel):
    outcomes: list[Outcome] = Field(description="One; two for a domain, which makes two rules.")
    ses: list[ListOutcome] = Field(description="SES's own lists that were asked to change.")


class Listed(Suppression):
    address: str = Field(description="The address, or the pattern of a rule.")
    reason: str
    provider: str | None = Field(description="Who runs its mail, where the deciding event says so.")


class SuppressionsAnswer(BaseModel):
    suppressions: list[Listed]
    next: str | None = Field(
        description="The cursor of the next page. Go on until it is null: a page may hold few entries, even none."
    )


class Counts(BaseModel):
    name: str
    sends: int
    deliveries: int
    bounces: int
    complaints: int
    suppressed: int
    bounce_rate: float | None = Field(description="Percent of the sends, as SES counts; null without sends.")
    complaint_rate: float | None


class StatisticsAnswer(BaseModel):
    days: int
    environments: list[Counts]
    message_streams: list[Counts]
