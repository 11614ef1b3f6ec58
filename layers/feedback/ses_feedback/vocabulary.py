"""The words of SES Feedback: what an event is, why it happened, what it calls for, what it did.

Kinds are SES's event types. Reasons and actions are this project's own; docs/classification.md says how
they relate to RFC 3463 status codes and to SES's bounce types.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What SES reported. `UNKNOWN` is a type that SES may add later: recorded and counted, never acted on.

    `OPERATOR` and `SES_LIST` are no mail's: somebody decided, or SES's own list was compared (`ruling`). `ACCOUNT`
    is about the account, a tenant or an identity (`account_event`).
    """

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    DELIVERY = "delivery"
    DELIVERY_DELAY = "delivery_delay"
    SEND = "send"
    REJECT = "reject"
    OPEN = "open"
    CLICK = "click"
    RENDERING_FAILURE = "rendering_failure"
    SUBSCRIPTION = "subscription"
    UNKNOWN = "unknown"
    OPERATOR = "operator"
    SES_LIST = "ses_list"
    ACCOUNT = "account"


class AccountEvent(StrEnum):
    """What happened to the account, or to a part of it. `OTHER` is a type that SES may add later."""

    SENDING_DISABLED = "sending_disabled"
    SENDING_ENABLED = "sending_enabled"
    FINDING_OPEN = "finding_open"
    FINDING_RESOLVED = "finding_resolved"
    RATE_HIGH = "rate_high"
    RATE_CALM = "rate_calm"
    OTHER = "other"


EVERY_TEAM = "*"
"""Stands for a team where all must know: sending stopped, and nothing says whose."""

REPLAYED = "replayed"
"""Marks the row of a replay or a restore: however young its event is, nobody is told of it."""


LIVE_DAYS = 1
"""Older events are recorded, and nobody is notified: neither a team nor the application."""


class Reason(StrEnum):
    """Why a mail bounced or is delayed."""

    USER_UNKNOWN = "user_unknown"
    MAILBOX_INACTIVE = "mailbox_inactive"
    DOMAIN_INVALID = "domain_invalid"
    SES_SUPPRESSED = "ses_suppressed"
    MAILBOX_FULL = "mailbox_full"
    RELAY_DENIED = "relay_denied"
    NETWORK_ERROR = "network_error"
    SERVER_ERROR = "server_error"
    UNKNOWN = "unknown"
    RATE_LIMITED = "rate_limited"
    MESSAGE_TOO_LARGE = "message_too_large"
    SPAM_CONTENT = "spam_content"
    CONTENT_REJECTED = "content_rejected"
    REPUTATION_BLOCK = "reputation_block"
    AUTH_FAILURE = "auth_failure"
    POLICY_BLOCK = "policy_block"
    AUTOREPLY = "autoreply"


class Action(StrEnum):
    """What a reason calls for, whatever the history of the address."""

    SUPPRESS = "suppress"
    COUNT_SOFT = "count_soft"
    RETRY = "retry"
    FIX_SENDER = "fix_sender"
    IGNORE = "ignore"


class Effect(StrEnum):
    """What one event did to its address."""

    SUPPRESSED = "suppressed"
    COUNTED = "counted"
    CLEARED = "cleared"
    REINSTATED = "reinstated"
    NONE = "none"


class Urgency(StrEnum):
    """`AT_ONCE`: a complaint, or a refusal that is the sender's fault. `DIGEST`: with the team's others."""

    AT_ONCE = "at_once"
    DIGEST = "digest"


ACTION_OF: dict[Reason, Action] = {
    Reason.USER_UNKNOWN: Action.SUPPRESS,
    Reason.MAILBOX_INACTIVE: Action.SUPPRESS,
    Reason.DOMAIN_INVALID: Action.SUPPRESS,
    Reason.SES_SUPPRESSED: Action.SUPPRESS,
    Reason.MAILBOX_FULL: Action.COUNT_SOFT,
    Reason.RELAY_DENIED: Action.COUNT_SOFT,
    Reason.NETWORK_ERROR: Action.COUNT_SOFT,
    Reason.SERVER_ERROR: Action.COUNT_SOFT,
    Reason.UNKNOWN: Action.COUNT_SOFT,
    Reason.RATE_LIMITED: Action.RETRY,
    Reason.MESSAGE_TOO_LARGE: Action.FIX_SENDER,
    Reason.SPAM_CONTENT: Action.FIX_SENDER,
    Reason.CONTENT_REJECTED: Action.FIX_SENDER,
    Reason.REPUTATION_BLOCK: Action.FIX_SENDER,
    Reason.AUTH_FAILURE: Action.FIX_SENDER,
    Reason.POLICY_BLOCK: Action.FIX_SENDER,
    Reason.AUTOREPLY: Action.IGNORE,
}
"""The action of each reason. A temporary reply (4xx) makes `SUPPRESS` a `COUNT_SOFT`: see classification."""


NOT_SPAM, AUTH_FAILURE = "not-spam", "auth-failure"
"""Feedback types (RFC 5965 and its registry) that blame no recipient."""


def feedback_type(received: str | None) -> str:
    """The feedback type of a complaint in one spelling; SES hands on what the reporter wrote."""
    return (received or "").strip().lower().replace("_", "-")


def is_held_by_account_list(sub_type: str | None) -> bool:
    """Whether SES held the mail back for the account's suppression list: of a bounce or of a complaint."""
    return (sub_type or "").strip().lower() == "onaccountsuppressionlist"


def is_echo(complaint_sub_type: str | None) -> bool:
    """Whether a complaint only says that SES held the mail back for an earlier one, which counts no second time."""
    return is_held_by_account_list(complaint_sub_type)
