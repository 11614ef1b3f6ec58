"""The words of SES Feedback: what an event is, why it happened, what it calls for, what it did.

Kinds are SES's event types. Reasons and actions are this project's own; docs/classification.md says how
they relate to RFC 3463 status codes and to SES's bounce types.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What was reported. `operator`, `ses_list` and `imported` do not come from a mail of ours but from a person,
    from SES's own list and from another provider's. `account` is about the account, and `unknown` is a type that SES
    may add later.
    """

    BOUNCE = "bounce"  # a server refused the mail, SES gave up, or SES held it back
    COMPLAINT = "complaint"  # the recipient called it spam, and their provider passed that on
    DELIVERY = "delivery"  # the recipient's server accepted it; it may still bounce
    DELIVERY_DELAY = "delivery_delay"  # not accepted yet; SES keeps trying, then delivers or bounces it
    SEND = "send"  # SES accepted it from the application
    REJECT = "reject"  # SES found a virus in it and did not send it
    OPEN = "open"  # its tracking image was loaded
    CLICK = "click"  # a tracked link was followed
    RENDERING_FAILURE = "rendering_failure"  # its template could not be filled in: not sent
    SUBSCRIPTION = "subscription"  # the recipient changed their subscription by SES's own page or header
    UNKNOWN = "unknown"  # of another type: recorded and counted, never acted on
    OPERATOR = "operator"  # a person suppressed or reinstated an address (`override`)
    SES_LIST = "ses_list"  # SES's own suppression list was compared (`override`)
    IMPORTED = "imported"  # brought in from another provider's list of suppressions (`decision.imported`)
    ACCOUNT = "account"  # about the account, a tenant or an identity, not about a mail (`account_event`)


class AccountEvent(StrEnum):
    """What happened to the account, or to a part of it. `other` is a type that SES may add later."""

    SENDING_DISABLED = "sending_disabled"  # SES paused it: no mail is sent
    SENDING_ENABLED = "sending_enabled"  # sending was enabled again, or reinstated by AWS
    FINDING_OPEN = "finding_open"  # SES's advisor found a fault: DKIM, DMARC, a rate that is too high
    FINDING_RESOLVED = "finding_resolved"  # SES's advisor no longer finds it
    RATE_HIGH = "rate_high"  # an alarm of this stack: too many bounces or complaints
    RATE_CALM = "rate_calm"  # the same alarm is over
    OTHER = "other"  # of another type: the team is notified, and that is all


EVERY_TEAM = "*"
"""In place of a team where all must know: sending stopped, and nothing says whose mail is meant."""

REPLAYED = "replayed"
"""Marks the row of a replay or a restore: nobody is notified of it, however recent the event."""


LIVE_DAYS = 1
"""Older events are recorded, and nobody is notified: neither a team nor the application."""


class Reason(StrEnum):
    """Why a mail bounced or is delayed."""

    # The address does not work, or SES has given it up: suppressed at once.
    USER_UNKNOWN = "user_unknown"  # nobody has this address
    MAILBOX_INACTIVE = "mailbox_inactive"  # the mailbox exists, but is disabled or closed
    DOMAIN_INVALID = "domain_invalid"  # the domain does not exist or does not accept mail
    SES_SUPPRESSED = "ses_suppressed"  # a list of SES has the address: SES did not even try

    # A failure on the recipient's side that may pass: counted, and suppressed if it lasts.
    MAILBOX_FULL = "mailbox_full"  # over quota
    RELAY_DENIED = "relay_denied"  # the server does not handle mail for that domain
    NETWORK_ERROR = "network_error"  # no connection, no answer, a mail loop, or the time to deliver ran out
    SERVER_ERROR = "server_error"  # the recipient's server is at fault: disk, configuration, protocol
    UNKNOWN = "unknown"  # the reply does not say why

    # Too much at once: the same mail may be accepted later.
    RATE_LIMITED = "rate_limited"  # too many mails, connections or recipients, or greylisted

    # The sender's fault: the address is fine, and is never suppressed for it.
    MESSAGE_TOO_LARGE = "message_too_large"  # larger than the server or the mailbox accepts
    SPAM_CONTENT = "spam_content"  # the content looks like spam
    CONTENT_REJECTED = "content_rejected"  # a virus, an attachment type, a malformed header
    REPUTATION_BLOCK = "reputation_block"  # the sending IP, its host name or the domain is on a block list
    AUTH_FAILURE = "auth_failure"  # SPF, DKIM, DMARC or TLS failed, or the sender's domain does not resolve
    POLICY_BLOCK = "policy_block"  # the recipient's administrator or rules do not want this mail

    # Not a failure.
    AUTOREPLY = "autoreply"  # an out-of-office answer: the mail arrived


class Action(StrEnum):
    """What a reason calls for, whatever the history of the address."""

    SUPPRESS = "suppress"  # do not write to the address again
    COUNT_SOFT = "count_soft"  # remember it: enough of them within some weeks suppress
    RETRY = "retry"  # send the same later, and more slowly
    FIX_SENDER = "fix_sender"  # notify the team: the mail, its domain or its reputation must change
    IGNORE = "ignore"  # nothing to do


class Effect(StrEnum):
    """What one event did to its address."""

    SUPPRESSED = "suppressed"  # it began or prolonged a suppression
    COUNTED = "counted"  # it is remembered, but does not suppress by itself
    CLEARED = "cleared"  # it took back what was known: a delivery, "not spam", gone from SES's list
    REINSTATED = "reinstated"  # an operator took back everything older
    NONE = "none"  # it says nothing about the address, or newer evidence has taken it back


class Urgency(StrEnum):
    """How soon the team that sent the mail must know."""

    AT_ONCE = "at_once"  # a complaint, or a refusal that is the sender's fault
    DIGEST = "digest"  # with the team's other alerts, in one mail


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
"""Feedback types (RFC 5965 and its registry) that do not say that the recipient wants no more mail."""


def feedback_type(received: str | None) -> str:
    """The feedback type of a complaint in one spelling: SES passes on what the reporter wrote."""
    return (received or "").strip().lower().replace("_", "-")
