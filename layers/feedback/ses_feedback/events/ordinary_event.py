"""SES's event in the form that AWS documents, as nearly every message holds it: alone, or in SNS's notification.

Only the fields that are used are decoded, and each must have its type. All else (another envelope, a number where a
text belongs, a rarer type) is left to `transport` and `mail_event`, which read every form; what is read here, they
would read alike (tests/unit/events/test_ordinary_event.py).

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from typing import Literal

from msgspec import UNSET, Raw, Struct, UnsetType, field
from msgspec.json import Decoder

from ses_feedback.events.document import Document
from ses_feedback.events.notification import Event, Mail, Recipient, Report, unless_made_by_ses
from ses_feedback.events.sender import FROM, Sender, Written, senders_among
from ses_feedback.vocabulary import Kind


class _Notification(Struct, rename="pascal"):
    """SNS's. With any of the last four, it would be something else."""

    type: Literal["Notification"]
    message: str
    timestamp: str | None = None
    topic_arn: str | None = None
    records: Raw | UnsetType = UNSET
    mail: Raw | UnsetType = field(default=UNSET, name="mail")
    event_type: Raw | UnsetType = field(default=UNSET, name="eventType")
    notification_type: Raw | UnsetType = field(default=UNSET, name="notificationType")


class _Header(Struct):
    name: str
    value: str


class _CommonHeaders(Struct, rename="camel", frozen=True):
    author: list[str] = field(default_factory=list, name="from")
    sender: str | None = None
    subject: str | None = None
    message_id: str | None = None


class _Mail(Struct, rename="camel"):
    message_id: str
    timestamp: str | None = None
    source: str | None = None
    source_arn: str | None = None
    destination: list[str] = []
    headers: Raw = Raw(b"[]")
    common_headers: _CommonHeaders = _CommonHeaders()
    tags: dict[str, list[str]] = {}


class _Bounce(Struct, rename="camel"):
    bounced_recipients: list[Recipient]
    bounce_type: str | None = None
    bounce_sub_type: str | None = None
    timestamp: str | None = None
    feedback_id: str | None = None
    reporting_mta: str | None = field(default=None, name="reportingMTA")


class _Complaint(Struct, rename="camel"):
    complained_recipients: list[Recipient]
    complaint_feedback_type: str | None = None
    complaint_sub_type: str | None = None
    timestamp: str | None = None
    feedback_id: str | None = None


class _Delivery(Struct, rename="camel"):
    recipients: list[str]
    timestamp: str | None = None
    smtp_response: str | None = None
    reporting_mta: str | None = field(default=None, name="reportingMTA")


class _Event(Struct, rename="camel"):
    mail: _Mail
    event_type: str | None = None
    notification_type: str | None = None
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None
    delivery: _Delivery | None = None


_notification, _event, _headers = Decoder(_Notification).decode, Decoder(_Event).decode, Decoder(list[_Header]).decode


def read_ordinary(text: str, arrived_at: str | None = None) -> Document | None:
    """The bounce, complaint or delivery that a message holds in its ordinary form; None if it may be all else."""
    try:
        if '"Message"' not in text:
            return _document(text, arrived_at, None)
        outer = _notification(text)
        if not outer.records is outer.mail is outer.event_type is outer.notification_type is UNSET:
            return None
        return _document(outer.message, outer.timestamp or arrived_at, outer.topic_arn or None)
    except (ValueError, RecursionError):
        return None


def _document(text: str, arrived_at: str | None, topic: str | None) -> Document | None:
    event = _event(text)
    named = event.event_type or event.notification_type
    if named == "Bounce" and event.bounce:
        kind, report = Kind.BOUNCE, _report_of_bounce(event.bounce)
    elif named == "Delivery" and event.delivery:
        kind, report = Kind.DELIVERY, _report_of_delivery(event.delivery)
    elif named == "Complaint" and event.complaint:
        kind, report = Kind.COMPLAINT, _report_of_complaint(event.complaint)
    else:
        return None
    return Document(text, arrived_at, topic=topic, event=_with_mail(kind, event.mail, report))


def _report_of_bounce(bounce: _Bounce) -> Report:
    facts = {
        "bounce_type": bounce.bounce_type,
        "bounce_sub_type": bounce.bounce_sub_type,
        "feedback_id": bounce.feedback_id,
        "reporting_mta": bounce.reporting_mta,
    }
    identity = (bounce.bounce_type, bounce.bounce_sub_type)
    return Report("bounce.bouncedRecipients", bounce.bounced_recipients, bounce.timestamp, identity, facts)


def _report_of_complaint(complaint: _Complaint) -> Report:
    facts = {
        "complaint_feedback_type": complaint.complaint_feedback_type,
        "complaint_sub_type": complaint.complaint_sub_type,
        "feedback_id": complaint.feedback_id,
    }
    identity = (complaint.complaint_feedback_type, complaint.complaint_sub_type)
    recipients = complaint.complained_recipients
    return Report("complaint.complainedRecipients", recipients, complaint.timestamp, identity, facts)


def _report_of_delivery(delivery: _Delivery) -> Report:
    facts = {"diagnostic": delivery.smtp_response, "reporting_mta": delivery.reporting_mta}
    recipients = [Recipient(address) for address in delivery.recipients]
    return Report("delivery.recipients", recipients, delivery.timestamp, (), facts)


def _with_mail(kind: Kind, mail: _Mail, report: Report) -> Event:
    common, headers = mail.common_headers, dict[str, str]()
    senders = _senders(mail, headers)
    is_whole = common.subject and common.message_id and senders and senders[0].place == FROM
    if not is_whole or _names_sender(mail.headers):
        headers = _first_values(mail.headers)
        senders = _senders(mail, headers)
    read = Mail(
        mail.timestamp,
        mail.message_id,
        mail.source,
        mail.destination,
        common.subject or headers.get("subject"),
        unless_made_by_ses(common.message_id or headers.get("message-id"), mail.message_id),
        mail.tags,
    )
    return Event(kind, read, report, senders)


def _senders(mail: _Mail, headers: dict[str, str]) -> tuple[Sender, ...]:
    common = mail.common_headers
    return senders_among(
        _written(tuple(common.author), headers.get("from")),
        _written((common.sender,) if common.sender else (), headers.get("sender")),
        mail.source_arn,
        (mail.source,) if mail.source else (),
    )


def _names_sender(headers: Raw) -> bool:
    """Whether the header Sender may be among them: most mails have none, and nothing else is looked for there."""
    lower = bytes(headers).lower()
    return b'"sender"' in lower or b"\\u" in lower


def _first_values(headers: Raw) -> dict[str, str]:
    values = dict[str, str]()
    for header in _headers(headers):
        values.setdefault(header.name.lower(), header.value)
    return values


def _written(common: tuple[str, ...], header: str | None) -> Written:
    return (common,) if header is None else (common, (header,))
