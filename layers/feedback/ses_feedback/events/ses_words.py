"""SES's own words: what is an SES document, and what names SES, so that dropping it might lose feedback."""

import re
from itertools import islice
from typing import Any

from ses_feedback.events.packed import PACKED, beginning_of

_OBJECTS = {
    *("bounce", "complaint", "delivery", "send", "reject"),
    *("open", "click", "failure", "deliveryDelay", "subscription"),
}
_MAIL = {"timestamp", "messageId", "source", "destination"}
_WORDS = re.compile(
    r"aws\.ses\b|(?:bounced|complained|delayed)Recipients|bounce(?:Sub)?Type|complaint(?:Feedback|Sub)Type"
    r"|notificationType|sendingAccountId|reportingMTA|ses:(?:configuration-set|from-domain|source-ip|caller-identity|tenant-name)"
    r"""|eventType[\\"'\s:=]{1,40}(?:Bounce|Complaint|Reject|Rendering ?Failure|DeliveryDelay)\b"""
)
"""What no other service writes. Many have an `eventType`, some even `Send` or `Delivery`, so these do not count."""

_MOST_PACKED = 100


def is_ses(content: dict[str, Any]) -> bool:
    """Whether an object is an SES event, in either dialect; some are sent without their type, or without `mail`.

    An `eventType` alone is not enough: ECS, CloudTrail and many applications have one.
    """
    mail = content.get("mail")
    if isinstance(mail, dict) and not _MAIL.isdisjoint(mail):
        return "eventType" in content or "notificationType" in content or not _OBJECTS.isdisjoint(content)
    if "notificationType" in content:
        return True
    return "eventType" in content and not _OBJECTS.isdisjoint(content) and names_ses(content)


def names_ses(content: Any) -> bool:
    """Whether anything in a text or in JSON, be it packed, is SES's own word."""
    text = str(content)
    return _WORDS.search(text) is not None or any(
        _WORDS.search(beginning_of(packed[0])) for packed in islice(PACKED.finditer(text), _MOST_PACKED)
    )
