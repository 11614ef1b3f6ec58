"""Translates the event of a mail: from SES's words, in either dialect, to a `Feedback` for each recipient."""

import copy
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from ses_feedback import address, timestamp
from ses_feedback.errors import Unreadable
from ses_feedback.event_id import event_id
from ses_feedback.events.document import Document, NoFeedback
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.notification import (
    Event,
    Mail,
    Recipient,
    Report,
    kind_name,
    object_in,
    object_or_empty,
    preferences_in,
    read_mail,
    recipients_in,
    text,
)
from ses_feedback.events.sender import senders_of
from ses_feedback.vocabulary import Kind


def read_mail_event(document: Document, now: datetime, source: str | None = None) -> list[Feedback] | NoFeedback:
    """The feedback in the event of a mail, a value per recipient. Raises `Unreadable`.

    `now` bounds the times: an event from before SES existed, or from more than a day ahead, is rejected, because a
    time in the year 9999 would outlive every later fact about the address.
    """
    event = document.event or _event_in(document)
    if isinstance(event, NoFeedback):
        return event
    kind, mail, report, senders = event
    recipients = _whom(report, mail)
    occurred_at, sent_at = _times(report, mail, document.arrived_at, now)
    keys = [_key(recipient, required=bool(report.place)) for recipient in recipients]
    mail_id = mail.message_id or _stand_in(mail, report)
    written_to = _written_to(mail) if kind in _OF_A_FORWARD else None
    reports: dict[str | None, Feedback] = {}
    for recipient, key in zip(recipients, keys, strict=True):
        spelling = address.former_key(recipient.email_address or "")
        identity = event_id(kind, mail_id, spelling, *report.identity)  # not of SNS's id or feedbackId: paths differ
        known = {"diagnostic": recipient.diagnostic_code} | report.facts
        reports[key] = Feedback(
            kind=kind,
            event_id=identity,
            recipient=key,
            received=recipient.email_address,
            occurred_at=occurred_at,
            sent_at=sent_at,
            message_id=mail.message_id,
            header_message_id=mail.header_message_id,
            senders=senders,
            subject=mail.subject,
            tags=mail.tags,
            dsn_action=recipient.action,
            status=recipient.status,
            listed=len(set(keys)),
            original_recipient=written_to if written_to != key else None,
            source=source or document.origin,
            topic=document.topic,
            **known,
        )
    return list(reports.values())


def _event_in(document: Document) -> Event | NoFeedback:
    """The event in a document of any form."""
    content = document.content
    name = _type_name(content, document.detail_type)
    if name == "received":
        return NoFeedback("ignored", "inbound_mail", "inbound mail, not feedback")
    if name == "amazonsnssubscriptionsucceeded":
        return NoFeedback("ignored", "validation_text", "SES's test message on a topic that it accepted")
    if not name:
        raise Unreadable("neither eventType nor notificationType, nor any event's object")
    kind, read_report = _KINDS.get(name, (Kind.UNKNOWN, _report_of_unknown))
    mail = read_mail(content)
    return Event(kind, mail, read_report(content, mail), senders_of(content.get("mail")))


def addresses_in(content: dict[str, Any]) -> frozenset[str]:
    """The keys of those whom evidence in the event of a mail is about; none where it is not readable."""
    try:
        kind, read_report = _KINDS.get(_type_name(content, None), (Kind.UNKNOWN, _report_of_unknown))
        mail = read_mail(content)
        named = {_key(recipient, required=False) for recipient in _whom(read_report(content, mail), mail)}
    except Unreadable:
        return frozenset()
    if kind in _OF_A_FORWARD and (written_to := _written_to(mail)):
        return frozenset([written_to])
    return frozenset(key for key in named if key)


def delivered_to(recipients: Iterable[str]) -> frozenset[str]:
    """The keys of those to whom a mail was delivered: what `addresses_in` says of a delivery that names them."""
    try:
        return frozenset(filter(None, map(_key_of, recipients)))
    except Unreadable:
        return frozenset()


def _report_of_bounce(content: dict[str, Any], _mail: Mail) -> Report:
    bounce = object_in(content, "bounce")
    bounce_type, sub_type = text(bounce.get("bounceType")), text(bounce.get("bounceSubType"))
    facts = {
        "bounce_type": bounce_type,
        "bounce_sub_type": sub_type,
        "feedback_id": text(bounce.get("feedbackId")),
        "reporting_mta": text(bounce.get("reportingMTA")),
    }
    place = "bounce.bouncedRecipients"
    recipients = recipients_in(bounce, "bouncedRecipients", place)
    return Report(place, recipients, text(bounce.get("timestamp")), (bounce_type, sub_type), facts)


def _report_of_complaint(content: dict[str, Any], _mail: Mail) -> Report:
    complaint = object_in(content, "complaint")
    feedback_type = text(complaint.get("complaintFeedbackType"))
    sub_type = text(complaint.get("complaintSubType"))
    facts = {
        "complaint_feedback_type": feedback_type,
        "complaint_sub_type": sub_type,
        "feedback_id": text(complaint.get("feedbackId")),
    }
    place = "complaint.complainedRecipients"
    recipients = recipients_in(complaint, "complainedRecipients", place)
    return Report(place, recipients, text(complaint.get("timestamp")), (feedback_type, sub_type), facts)


def _report_of_delivery(content: dict[str, Any], _mail: Mail) -> Report:
    delivery = object_in(content, "delivery")
    facts = {
        "diagnostic": text(delivery.get("smtpResponse")),
        "reporting_mta": text(delivery.get("reportingMTA")),
    }
    recipients = recipients_in(delivery, "recipients", "delivery.recipients")
    return Report("delivery.recipients", recipients, text(delivery.get("timestamp")), (), facts)


def _report_of_delay(content: dict[str, Any], _mail: Mail) -> Report:
    delay = object_in(content, "deliveryDelay")
    delay_type, at = text(delay.get("delayType")), text(delay.get("timestamp"))
    facts = {"delay_type": delay_type, "reporting_mta": text(delay.get("reportingMTA"))}
    place = "deliveryDelay.delayedRecipients"
    recipients = recipients_in(delay, "delayedRecipients", place)
    return Report(place, recipients, at, (delay_type, _time_of(at)), facts)


def _report_of_send(_content: dict[str, Any], mail: Mail) -> Report:
    return Report("", _destination(mail), mail.timestamp)


def _report_of_reject(content: dict[str, Any], mail: Mail) -> Report:
    reason = text(object_or_empty(content, "reject").get("reason"))
    return Report("", _destination(mail), mail.timestamp, (), {"diagnostic": reason})


def _report_of_rendering_failure(content: dict[str, Any], mail: Mail) -> Report:
    message = text(object_or_empty(content, "failure").get("errorMessage"))
    return Report("", _destination(mail), mail.timestamp, (), {"diagnostic": message})


def _report_of_open(content: dict[str, Any], _mail: Mail) -> Report:
    return _report_of_engagement(object_or_empty(content, "open"))


def _report_of_click(content: dict[str, Any], _mail: Mail) -> Report:
    return _report_of_engagement(object_or_empty(content, "click"))


def _report_of_engagement(engagement: dict[str, Any]) -> Report:
    """Opens and clicks name no recipient, and repeat: their time and link tell them apart."""
    at, link = text(engagement.get("timestamp")), text(engagement.get("link"))
    return Report("", [Recipient()], at, (_time_of(at), link), {"is_bot_event": text(engagement.get("isBotEvent"))})


def _report_of_subscription(content: dict[str, Any], mail: Mail) -> Report:
    changed = object_or_empty(content, "subscription")
    at = text(changed.get("timestamp"))
    facts = {"contact_list": text(changed.get("contactList")), "preferences": preferences_in(changed)}
    return Report("", _destination(mail), at, (_time_of(at),), facts)


def _report_of_unknown(content: dict[str, Any], mail: Mail) -> Report:
    return Report("", _destination(mail), None, (kind_name(content),))


_KINDS: dict[str, tuple[Kind, Callable[[dict[str, Any], Mail], Report]]] = {
    "bounce": (Kind.BOUNCE, _report_of_bounce),
    "complaint": (Kind.COMPLAINT, _report_of_complaint),
    "delivery": (Kind.DELIVERY, _report_of_delivery),
    "deliverydelay": (Kind.DELIVERY_DELAY, _report_of_delay),
    "send": (Kind.SEND, _report_of_send),
    "reject": (Kind.REJECT, _report_of_reject),
    "open": (Kind.OPEN, _report_of_open),
    "click": (Kind.CLICK, _report_of_click),
    "renderingfailure": (Kind.RENDERING_FAILURE, _report_of_rendering_failure),
    "failure": (Kind.RENDERING_FAILURE, _report_of_rendering_failure),
    "subscription": (Kind.SUBSCRIPTION, _report_of_subscription),
}
"""The types that SES sends, by their letters: `Rendering Failure` and `RenderingFailure` are the same."""

_DETAIL_TYPES = {
    "Email Bounced": "bounce",
    "Email Complaint Received": "complaint",
    "Email Delivered": "delivery",
    "Email Sent": "send",
    "Email Rejected": "reject",
    "Email Opened": "open",
    "Email Clicked": "click",
    "Email Rendering Failed": "renderingfailure",
    "Email Delivery Delayed": "deliverydelay",
    "Email Subscribed": "subscription",
}
"""EventBridge's names, for a `detail` without an `eventType`."""


def _type_name(content: dict[str, Any], detail_type: str | None) -> str:
    named = kind_name(content).lower()
    letters = named if named.isalpha() else "".join(filter(str.isalpha, named))
    return letters or _DETAIL_TYPES.get(detail_type or "", "unknown" if detail_type else "")


def _destination(mail: Mail) -> list[Recipient]:
    return [Recipient(text) for text in mail.destination]


def _whom(report: Report, mail: Mail) -> list[Recipient]:
    """The recipients; where the report names none, or one without an address, the mail's own, if it had only one."""
    if not report.place:
        return report.recipients or [Recipient()]
    if len(report.recipients) > 1 or (report.recipients and report.recipients[0].email_address):
        return report.recipients
    if len(mail.destination) != 1:
        raise Unreadable("names no recipient", report.place)
    [known] = report.recipients or [Recipient()]
    return [copy.replace(known, email_address=mail.destination[0])]


_OF_A_FORWARD = (Kind.BOUNCE, Kind.COMPLAINT, Kind.DELIVERY_DELAY)
"""What may be reported about another address than SES delivered to."""


def _written_to(mail: Mail) -> str | None:
    """The mail's own recipient, where it had only one: if the report names another, somebody forwarded the mail."""
    written = {address.normalise(text) for text in mail.destination}
    if len(written) != 1:
        return None
    [alone] = written
    return alone if "@" in alone and len(alone.encode()) <= address.MAX_BYTES else None


def _time_of(text: str | None) -> str | None:
    """In our format, since each path writes a time differently; what cannot be parsed stays as it is."""
    return timestamp.parse(text) or text


_A_DAY = timedelta(days=1)


def _times(report: Report, mail: Mail, arrived_at: str | None, now: datetime) -> tuple[str, str]:
    """When it happened and when the mail was sent, each standing in for the other where it is missing."""
    sent = timestamp.parse(mail.timestamp)
    occurred = timestamp.parse(report.occurred_at) or timestamp.parse(arrived_at) or sent
    if occurred is None:
        raise Unreadable("no time that can be read, neither of the event nor of the mail", "mail.timestamp")
    latest = now + _A_DAY
    for place, moment in (("mail.timestamp", sent or occurred), ("timestamp", occurred)):
        if moment < timestamp.EARLIEST or timestamp.to_datetime(moment) > latest:
            raise Unreadable(f"{moment} is before SES existed or more than a day ahead", place)
    return occurred, sent or occurred


def _key(recipient: Recipient, *, required: bool) -> str | None:
    key = _key_of(recipient.email_address or "")
    if not key and required:
        raise Unreadable("a recipient without an address", "emailAddress")
    return key


def _key_of(received: str) -> str | None:
    key = address.normalise(received)
    if len(key.encode()) > address.MAX_BYTES:
        raise Unreadable(f"an address of more than {address.MAX_BYTES} bytes", "emailAddress")
    return key or None


def _stand_in(mail: Mail, report: Report) -> str:
    """Tells events apart that lack the id of their mail. SES never sends these; hand-written events may look so."""
    feedback_id = report.facts.get("feedback_id")
    return feedback_id or f"{mail.timestamp} {mail.source}"
