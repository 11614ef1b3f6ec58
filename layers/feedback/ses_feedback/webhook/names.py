"""An event under the names that other services and libraries have for it, beside our own.

`email.…`, `contact.…` and `suppression.…` are the names that mail services publish to webhooks; `event_type` and
`reject_reason` are django-anymail's (https://anymail.dev/en/stable/sending/tracking/), so that a receiver of its
signals needs no table of its own.
"""

from ses_feedback.event_row import EventRow
from ses_feedback.ses_lists import SesList, held_by
from ses_feedback.vocabulary import AUTH_FAILURE, NOT_SPAM, Effect, Kind, Reason, feedback_type

ADDED, REMOVED = "suppression.added", "suppression.removed"

_EMAIL = {
    Kind.BOUNCE: "email.bounced",
    Kind.COMPLAINT: "email.complained",
    Kind.DELIVERY_DELAY: "email.delivery_delayed",
    Kind.REJECT: "email.rejected",
    Kind.RENDERING_FAILURE: "email.failed",
    Kind.SUBSCRIPTION: "contact.updated",
}

_EVENT_TYPES = {
    Kind.BOUNCE: "bounced",
    Kind.COMPLAINT: "complained",
    Kind.DELIVERY_DELAY: "deferred",
    Kind.REJECT: "rejected",
    Kind.RENDERING_FAILURE: "failed",
}

_REJECT_REASONS = {
    Reason.DOMAIN_INVALID: "invalid",
    Reason.NETWORK_ERROR: "timed_out",
    Reason.SPAM_CONTENT: "blocked",
    Reason.CONTENT_REJECTED: "blocked",
    Reason.REPUTATION_BLOCK: "blocked",
    Reason.AUTH_FAILURE: "blocked",
    Reason.POLICY_BLOCK: "blocked",
    Reason.RATE_LIMITED: "blocked",
    Reason.MESSAGE_TOO_LARGE: "other",
}
"""Of a bounce; `bounced` for every other reason."""


def names_of(row: EventRow) -> list[str]:
    """What it is, and what it did to the suppression of its address; empty for what others have no name for."""
    return [*_names_of_mail(row), *_names_of_suppression(row.effect)]


def _names_of_mail(row: EventRow) -> list[str]:
    if event_type(row) in ("unknown", "autoresponded"):
        return []
    if row.reason == Reason.SES_SUPPRESSED:
        return ["email.suppressed"]
    return [_EMAIL[row.kind]] if row.kind in _EMAIL else []


def _names_of_suppression(effect: Effect) -> list[str]:
    if effect == Effect.SUPPRESSED:
        return [ADDED]
    return [REMOVED] if effect in (Effect.CLEARED, Effect.REINSTATED) else []


def event_type(row: EventRow) -> str:
    """django-anymail's `event_type`."""
    if row.kind == Kind.SUBSCRIPTION:
        return _subscription(row)
    if row.kind == Kind.COMPLAINT and feedback_type(row.complaint_feedback_type) in (NOT_SPAM, AUTH_FAILURE):
        return "unknown"
    if row.reason == Reason.AUTOREPLY:
        return "autoresponded"
    if row.kind == Kind.BOUNCE and row.reason == Reason.SES_SUPPRESSED:
        return "rejected"
    return _EVENT_TYPES.get(row.kind, "unknown")


def reject_reason(row: EventRow) -> str | None:
    """django-anymail's `reject_reason`; None where it has none."""
    match event_type(row):
        case "complained":
            return "spam"
        case "rejected" if row.kind == Kind.REJECT:
            return "blocked"
        case "rejected":
            return "unsubscribed" if held_by(row.bounce_sub_type) is SesList.CONTACT_LIST else "bounced"
        case "bounced":
            return _REJECT_REASONS.get(row.reason, "bounced") if row.reason else "bounced"
    return None


def _subscription(row: EventRow) -> str:
    wanted = row.topic_preferences
    if wanted is None:
        return "unknown"
    if wanted["unsubscribe_all"]:
        return "unsubscribed"
    topics = set(wanted["topics"].values())
    return "subscribed" if "OptIn" in topics else "unsubscribed" if topics else "unknown"
