"""The SES event as AWS documents it, in both dialects; unknown fields and values pass, and so do odd shapes of what
nothing is decided by.

Identity notifications say `notificationType`, event publishing says `eventType`; the rest is the
same except for tags (event publishing only). Every field may be absent: `mail_event` checks what is needed.
Read by plain code and not by models: this is done for every event, and models took half of the time.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from typing import Any, NamedTuple

from msgspec import Struct

from ses_feedback.errors import Unreadable
from ses_feedback.event_row import Preferences
from ses_feedback.events.sender import Sender
from ses_feedback.vocabulary import Kind


class Recipient(Struct, rename="camel"):
    email_address: str | None = None
    action: str | None = None
    status: str | None = None
    diagnostic_code: str | None = None


class Mail(NamedTuple):
    """`subject` and `header_message_id` are of its headers, which identities send only where that is switched on."""

    timestamp: str | None
    message_id: str | None
    source: str | None
    destination: list[str]
    subject: str | None
    header_message_id: str | None
    tags: dict[str, list[str]]


class Report(NamedTuple):
    """What an event says about its recipients. `place`: where it must name some; empty where it need not.

    `identity` tells two events of one kind, mail and recipient apart; `facts` are fields of `Feedback`.
    """

    place: str
    recipients: list[Recipient]
    occurred_at: str | None
    identity: tuple[str | None, ...] = ()
    facts: dict[str, Any] = {}  # noqa: RUF012 - never changed


class Event(NamedTuple):
    """The event of a mail, as `mail_event` makes feedback of it."""

    kind: Kind
    mail: Mail
    report: Report
    senders: tuple[Sender, ...]


def text(value: Any) -> str | None:
    """A text field. One that is missing, null or a number must not cost us the event."""
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else None


def texts(value: Any) -> list[str]:
    """A list of texts; a single text counts as a list of one (tags are sent both ways)."""
    if isinstance(value, str):
        return [value]
    return [str(element) for element in value if element is not None] if isinstance(value, list) else []


def object_in(content: dict[str, Any], name: str) -> dict[str, Any]:
    """An object that the event must have. Raises `Unreadable` where it is missing, or is something else."""
    value = content.get(name)
    if isinstance(value, dict):
        return value
    if value is None:
        raise Unreadable(f"an event of this type needs the object `{name}`, and it is missing", name)
    raise Unreadable(f"a {type(value).__name__}, where an object was expected", name)


def object_or_empty(content: dict[str, Any], name: str) -> dict[str, Any]:
    """An object that the event may lack, or have in an odd shape."""
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def recipients_in(content: dict[str, Any], name: str, place: str) -> list[Recipient]:
    """A list of recipients, as objects or as bare addresses, or a single address. Raises `Unreadable`."""
    listed = content.get(name)
    if isinstance(listed, list):
        return [_recipient(each, f"{place}.{number}") for number, each in enumerate(listed)]
    return [Recipient(listed)] if isinstance(listed, str) else []


def _recipient(value: Any, place: str) -> Recipient:
    if isinstance(value, str):
        return Recipient(value)
    if not isinstance(value, dict):
        raise Unreadable(f"a {type(value).__name__}, where a recipient was expected", place)
    return Recipient(
        text(value.get("emailAddress")),
        text(value.get("action")),
        text(value.get("status")),
        text(value.get("diagnosticCode")),
    )


def read_mail(content: dict[str, Any]) -> Mail:
    """The object `mail`; an empty one where the event has none. Raises `Unreadable` where it is something else."""
    mail = {} if content.get("mail") is None else object_in(content, "mail")
    tags, common = mail.get("tags"), object_or_empty(mail, "commonHeaders")
    message_id = text(mail.get("messageId"))
    named = text(common.get("messageId")) or _header(mail, "message-id")
    return Mail(
        text(mail.get("timestamp")),
        message_id,
        text(mail.get("source")),
        texts(mail.get("destination")),
        text(common.get("subject")) or _header(mail, "subject"),
        unless_made_by_ses(named, message_id),
        {str(name): texts(values) for name, values in tags.items()} if isinstance(tags, dict) else {},
    )


def unless_made_by_ses(header: str | None, message_id: str | None) -> str | None:
    """The Message-ID that a mail was sent with; SES replaces it by one of its own id, which is known already."""
    is_made_by_ses = bool(header and message_id and header.lstrip("<").startswith(message_id))
    return None if is_made_by_ses else header


def _header(mail: dict[str, Any], name: str) -> str | None:
    headers = mail.get("headers")
    for header in headers if isinstance(headers, list) else ():
        if isinstance(header, dict) and str(header.get("name")).lower() == name:
            return text(header.get("value"))
    return None


OBJECTS = ("bounce", "click", "complaint", "delivery", "deliveryDelay", "failure", "open", "reject", "subscription")
"""The objects that an event may have beside `mail`, each named after its type."""


def kind_name(content: dict[str, Any]) -> str:
    """`Rendering Failure`, `Bounce` …; without either dialect's field, the name of the object that is there."""
    named = text(content.get("eventType")) or text(content.get("notificationType"))
    return named or next((name for name in OBJECTS if name in content), "")


def preferences_in(subscription: dict[str, Any]) -> Preferences | None:
    """What somebody wants from a contact list from now on; None where the event does not say."""
    new = subscription.get("newTopicPreferences")
    if not isinstance(new, dict):
        return None
    listed, unsubscribe_all = new.get("topicSubscriptionStatus"), new.get("unsubscribeAll")
    topics = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    named = ((text(topic.get("topicName")), text(topic.get("subscriptionStatus"))) for topic in topics)
    return Preferences(
        unsubscribe_all=unsubscribe_all if isinstance(unsubscribe_all, bool) else None,
        topics={name: status for name, status in named if name and status},
    )
