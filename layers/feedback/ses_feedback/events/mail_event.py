"""Translates the event of a mail: from SES's words, in either dialect, to a `Feedback` for each recipient."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ses_feedback import address, timestamp
from ses_feedback.errors import Unreadable
from ses_feedback.event_id import event_id
from ses_feedback.event_row import Preferences
from ses_feedback.events.document import Document, NoFeedback
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.notification import (
    Engagement,
    Notification,
    Recipient,
    Subscription,
    TopicPreferences,
    read_notification,
)
from ses_feedback.events.sender import senders_of
from ses_feedback.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class _Report:
    """What an event says about its recipients. `place`: where it must name some; empty where it need not.

    `identity` tells two events of one kind, mail and recipient apart; `facts` are fields of `Feedback`.
    """

    place: str
    recipients: list[Recipient]
    occurred_at: str | None
    identity: tuple[str | None, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def read_mail_event(document: Document, now: datetime, source: str | None = None) -> list[Feedback] | NoFeedback:
    """The feedback in the event of a mail, a value per recipient. Raises `Unreadable`.

    `now` bounds the times: an event from before SES existed, or from more than a day ahead, is rejected, because a
    time in the year 9999 would outlive every later fact about the address.
    """
    notification = read_notification(document.content)
    name = _type_name(notification, document.detail_type)
    if name == "received":
        return NoFeedback("ignored", "inbound_mail", "inbound mail, not feedback")
    if name == "amazonsnssubscriptionsucceeded":
        return NoFeedback("ignored", "validation_text", "SES's test message on a topic that it accepted")
    if not name:
        raise Unreadable("neither eventType nor notificationType, nor any event's object")
    kind, read_report = _KINDS.get(name, (Kind.UNKNOWN, _report_of_unknown))
    report = read_report(notification)
    recipients = _whom(report, notification)
    occurred_at, sent_at = _times(report, notification, document.arrived_at, now)
    mail, listed = notification.mail, {address.normalise(r.email_address or "") for r in recipients}
    mail_id = mail.message_id or _stand_in(notification, report)
    senders = senders_of(document.content.get("mail"))
    reports: dict[str | None, Feedback] = {}
    for recipient in recipients:
        key = _key(recipient, required=bool(report.place))
        spelling = address.former_key(recipient.email_address or "")
        identity = event_id(kind, mail_id, spelling, *report.identity)  # not of SNS's id or feedbackId: paths differ
        feedback = Feedback(
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
            diagnostic=recipient.diagnostic_code,
            listed=len(listed),
            original_recipient=_written_to(notification, key) if kind in _OF_A_FORWARD else None,
            source=source or document.origin,
            topic=document.topic,
        )
        reports[key] = replace(feedback, **report.facts)
    return list(reports.values())


def addresses_in(content: dict[str, Any]) -> frozenset[str]:
    """The keys of those whom evidence in the event of a mail is about; none where it is not readable."""
    try:
        notification = read_notification(content)
        kind, read_report = _KINDS.get(_type_name(notification, None), (Kind.UNKNOWN, _report_of_unknown))
        named = {_key(recipient, required=False) for recipient in _whom(read_report(notification), notification)}
    except Unreadable:
        return frozenset()
    whom = {_written_to(notification, key) or key if kind in _OF_A_FORWARD else key for key in named}
    return frozenset(key for key in whom if key)


def _report_of_bounce(notification: Notification) -> _Report:
    bounce = _needed(notification.bounce, "bounce")
    facts = {
        "bounce_type": bounce.bounce_type,
        "bounce_sub_type": bounce.bounce_sub_type,
        "feedback_id": bounce.feedback_id,
        "reporting_mta": bounce.reporting_mta,
    }
    identity = (bounce.bounce_type, bounce.bounce_sub_type)
    return _Report("bounce.bouncedRecipients", bounce.bounced_recipients, bounce.timestamp, identity, facts)


def _report_of_complaint(notification: Notification) -> _Report:
    complaint = _needed(notification.complaint, "complaint")
    facts = {
        "complaint_feedback_type": complaint.complaint_feedback_type,
        "complaint_sub_type": complaint.complaint_sub_type,
        "feedback_id": complaint.feedback_id,
    }
    identity = (complaint.complaint_feedback_type, complaint.complaint_sub_type)
    place, recipients = "complaint.complainedRecipients", complaint.complained_recipients
    return _Report(place, recipients, complaint.timestamp, identity, facts)


def _report_of_delivery(notification: Notification) -> _Report:
    delivery = _needed(notification.delivery, "delivery")
    recipients = [Recipient(email_address=text) for text in delivery.recipients]
    facts = {"diagnostic": delivery.smtp_response, "reporting_mta": delivery.reporting_mta}
    return _Report("delivery.recipients", recipients, delivery.timestamp, (), facts)


def _report_of_delay(notification: Notification) -> _Report:
    delay = _needed(notification.delivery_delay, "deliveryDelay")
    facts = {"delay_type": delay.delay_type, "reporting_mta": delay.reporting_mta}
    identity = (delay.delay_type, _time_of(delay.timestamp))
    return _Report("deliveryDelay.delayedRecipients", delay.delayed_recipients, delay.timestamp, identity, facts)


def _report_of_send(notification: Notification) -> _Report:
    return _Report("", _destination(notification), notification.mail.timestamp)


def _report_of_reject(notification: Notification) -> _Report:
    reason = notification.reject.reason if notification.reject else None
    return _Report("", _destination(notification), notification.mail.timestamp, (), {"diagnostic": reason})


def _report_of_rendering_failure(notification: Notification) -> _Report:
    message = notification.failure.error_message if notification.failure else None
    return _Report("", _destination(notification), notification.mail.timestamp, (), {"diagnostic": message})


def _report_of_open(notification: Notification) -> _Report:
    return _report_of_engagement(notification.open or Engagement())


def _report_of_click(notification: Notification) -> _Report:
    return _report_of_engagement(notification.click or Engagement())


def _report_of_engagement(engagement: Engagement) -> _Report:
    """Opens and clicks name no recipient, and repeat: their time and link tell them apart."""
    identity = (_time_of(engagement.timestamp), engagement.link)
    return _Report("", [Recipient()], engagement.timestamp, identity, {"is_bot_event": engagement.is_bot_event})


def _report_of_subscription(notification: Notification) -> _Report:
    changed = notification.subscription or Subscription()
    facts = {"contact_list": changed.contact_list, "preferences": _preferences(changed.new_topic_preferences)}
    return _Report("", _destination(notification), changed.timestamp, (_time_of(changed.timestamp),), facts)


def _preferences(new: TopicPreferences | None) -> Preferences | None:
    if new is None:
        return None
    named = ((topic.topic_name, topic.subscription_status) for topic in new.topic_subscription_status)
    return Preferences(unsubscribe_all=new.unsubscribe_all, topics={name: to for name, to in named if name and to})


def _report_of_unknown(notification: Notification) -> _Report:
    return _Report("", _destination(notification), None, (notification.kind_name,))


_KINDS: dict[str, tuple[Kind, Callable[[Notification], _Report]]] = {
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


def _type_name(notification: Notification, detail_type: str | None) -> str:
    named = "".join(filter(str.isalpha, notification.kind_name.lower()))
    return named or _DETAIL_TYPES.get(detail_type or "", "unknown" if detail_type else "")


def _needed[T](value: T | None, name: str) -> T:
    if value is None:
        raise Unreadable(f"an event of this type needs the object `{name}`, and it is missing", name)
    return value


def _destination(notification: Notification) -> list[Recipient]:
    return [Recipient(email_address=text) for text in notification.mail.destination]


def _whom(report: _Report, notification: Notification) -> list[Recipient]:
    """The recipients; if the report names none, the mail's own recipient, provided it had only one."""
    if report.recipients or not report.place:
        return report.recipients or [Recipient()]
    destination = _destination(notification)
    if len(destination) != 1:
        raise Unreadable("names no recipient", report.place)
    return destination


_OF_A_FORWARD = (Kind.BOUNCE, Kind.COMPLAINT, Kind.DELIVERY_DELAY)
"""What may be reported about another address than SES delivered to."""


def _written_to(notification: Notification, key: str | None) -> str | None:
    """The mail's own recipient, where it had only one and the report names another: somebody forwarded it."""
    written = {address.normalise(text) for text in notification.mail.destination}
    if len(written) != 1 or key in written:
        return None
    [alone] = written
    return alone if "@" in alone and len(alone.encode()) <= address.MAX_BYTES else None


def _time_of(text: str | None) -> str | None:
    """In our format, since each path writes a time differently; what cannot be parsed stays as it is."""
    return timestamp.parse(text) or text


def _times(report: _Report, notification: Notification, arrived_at: str | None, now: datetime) -> tuple[str, str]:
    """When it happened and when the mail was sent, each standing in for the other where it is missing."""
    sent = timestamp.parse(notification.mail.timestamp)
    occurred = timestamp.parse(report.occurred_at) or timestamp.parse(arrived_at) or sent
    if occurred is None:
        raise Unreadable("no time that can be read, neither of the event nor of the mail", "mail.timestamp")
    latest = timestamp.later(timestamp.to_text(now), days=1)
    for place, moment in (("mail.timestamp", sent or occurred), ("timestamp", occurred)):
        if not timestamp.EARLIEST <= moment <= latest:
            raise Unreadable(f"{moment} is before SES existed or more than a day ahead", place)
    return occurred, sent or occurred


def _key(recipient: Recipient, *, required: bool) -> str | None:
    key = address.normalise(recipient.email_address or "")
    if not key and required:
        raise Unreadable("a recipient without an address", "emailAddress")
    if len(key.encode()) > address.MAX_BYTES:
        raise Unreadable(f"an address of more than {address.MAX_BYTES} bytes", "emailAddress")
    return key or None


def _stand_in(notification: Notification, report: _Report) -> str:
    """Tells events apart that lack the id of their mail. SES never sends these; hand-written events may look so."""
    feedback_id = report.facts.get("feedback_id")
    return feedback_id or f"{notification.mail.timestamp} {notification.mail.source}"
