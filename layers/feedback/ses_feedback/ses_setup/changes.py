"""The words of a plan: what an identity of SES can be set to, the changes, and the remarks about the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ON, OFF, NONE = "on", "off", ""


class IdentitySetting(StrEnum):
    """What an identity can be set to. Topics hold an ARN or nothing, the default set a name or nothing."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    DELIVERY = "delivery"
    BOUNCE_HEADERS = "bounce-headers"
    COMPLAINT_HEADERS = "complaint-headers"
    DELIVERY_HEADERS = "delivery-headers"
    DEFAULT_SET = "default-set"
    FORWARDING = "forwarding"


TOPICS = (IdentitySetting.BOUNCE, IdentitySetting.COMPLAINT, IdentitySetting.DELIVERY)
HEADERS = {
    IdentitySetting.BOUNCE: IdentitySetting.BOUNCE_HEADERS,
    IdentitySetting.COMPLAINT: IdentitySetting.COMPLAINT_HEADERS,
    IdentitySetting.DELIVERY: IdentitySetting.DELIVERY_HEADERS,
}

OWNER_TAG = "ses-feedback:stack"
FOUND_TAG = "ses-feedback:found-"
"""An identity's tags: which stack set it, and what that stack found for each setting. "-" means nothing."""

MOST_IN_A_TAG = 256
SETTLED = ("SUCCESS", "TEMPORARY_FAILURE")
"""SES's states of an identity that may send; in any other state it is not verified yet, or no longer."""


class SetupAction(StrEnum):
    """Every kind of change that is made in SES or SNS."""

    CREATE_TOPIC = "create topic"
    DELETE_TOPIC = "delete topic"
    CREATE_SET = "create configuration set"
    CLAIM_SET = "claim configuration set"
    PUT_DESTINATION = "put event destination"
    DELETE_DESTINATION = "delete event destination"
    DELETE_SET = "delete configuration set"
    CLAIM = "claim"
    SET = "set"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Change:
    """One call. `key`: what of `subject` (an identity, a set, a topic) changes from `before` to `after`; for an event
    destination its name, with the definition in `detail`; for a claim or release, the tags in `detail`.
    """

    action: SetupAction
    subject: str
    key: str = ""
    before: str = ""
    after: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)


class Weight(StrEnum):
    """A problem prevents something from being done; a warning should be looked at; a note is for information."""

    PROBLEM = "problem"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Remark:
    weight: Weight
    subject: str
    text: str


type Step = Change | Remark


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity as SES has it. `verification` in SES's own words (SUCCESS, PENDING ...)."""

    name: str
    verification: str
    values: Mapping[IdentitySetting, str]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return self.tags.get(OWNER_TAG, "")

    def remembered(self, key: IdentitySetting) -> str | None:
        """What the owner found before it changed anything; None if no tag says so."""
        kept = self.tags.get(f"{FOUND_TAG}{key}")
        return NONE if kept == "-" else kept
