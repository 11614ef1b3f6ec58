"""Ask SES Feedback before you send.

    from ses_feedback_client import Suppressions, guard

    suppressions = Suppressions("ses-feedback-LedgerTable-1A2B3C")
    suppressions.verdict("jane@example.com", stream="marketing").may_send

    ses = guard(boto3.client("sesv2"), suppressions)  # raises Suppressed where it would send to Jane

docs/client.md has the whole.
"""

from ses_feedback_client.errors import (
    InvalidAddress,
    Suppressed,
    SuppressionsError,
    TooManyAddresses,
    Unavailable,
    UnknownName,
)
from ses_feedback_client.guarding import guard
from ses_feedback_client.names import Names
from ses_feedback_client.suppressions import MOST_ADDRESSES, Suppressions
from ses_feedback_client.verdict import Suppression, Verdict

__all__ = [
    "MOST_ADDRESSES",
    "InvalidAddress",
    "Names",
    "Suppressed",
    "Suppression",
    "Suppressions",
    "SuppressionsError",
    "TooManyAddresses",
    "Unavailable",
    "UnknownName",
    "Verdict",
    "guard",
]
