"""Turns a mail into what SES publishes about it, path by path: pure.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html (identity notifications)
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html (SNS)
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-firehose-contents.html (Firehose)
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ses_feedback.timestamp import to_text
from ses_feedback_cli.simulate.mail import Account, Mail, event_mail, identity_mail, ses_id
from ses_feedback_cli.simulate.paths import Destination, Path, Topics
from ses_feedback_cli.simulate.scenario import Scenario, scenario_of

_REMOTE_IP, _SENDING_IP = "198.51.100.25", "203.0.113.77"
_OBJECTS = {"DeliveryDelay": "deliveryDelay"}
_WITHOUT_HEADERS = {"DeliveryDelay"}
_DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
    "DeliveryDelay": "Email Delivery Delayed",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One event, before any path gives it a form. `kind` is its eventType, `body` the object of that name."""

    kind: str
    at: datetime
    body: dict[str, Any]
    has_feedback_id: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One document on one path: `service` is sns, events or firehose, `target` an ARN, `text` what is published.

    `detail_type` is for EventBridge only.
    """

    path: str
    service: str
    target: str
    kind: str
    text: str
    recipients: tuple[str, ...]
    message_id: str
    feedback_id: str | None = None
    detail_type: str | None = None


def publications(mail: Mail, account: Account, paths: Iterable[Path], chance: random.Random) -> list[Published]:
    """All that SES would publish about a mail, in order of time. Raises `UnknownRecipient`."""
    known = list(paths)
    return [
        published
        for happening in happenings(mail, account)
        for path in known
        if (published := _on(path, happening, mail, account, chance))
    ]


def shuffled(messages: Iterable[Published], copies: int, chance: random.Random, *, shuffle: bool) -> list[Published]:
    """Each message `copies` times, as SNS may deliver it; in random order on request."""
    delivered = [message for message in messages for _ in range(copies)]
    if shuffle:
        chance.shuffle(delivered)
    return delivered


def happenings(mail: Mail, account: Account) -> Iterator[Happening]:
    """Groups the recipients as SES does: those at one domain with the same outcome share an event, and a complaint
    lists all recipients at its domain, since the provider does not say who complained.
    """
    groups: dict[tuple[Scenario, str], list[str]] = {}
    for recipient in mail.recipients:
        groups.setdefault((scenario_of(recipient), _domain(recipient)), []).append(recipient)
    rejected = any(scenario.event == "reject" for scenario, _ in groups)
    yield Happening("Send", mail.sent_at, {})
    if rejected:  # a mail with a virus is sent to nobody
        yield Happening("Reject", mail.sent_at, {"reason": "Bad content"})
        return
    for (scenario, domain), recipients in groups.items():
        if scenario.delivered or scenario.event == "delivery":
            yield _delivery(mail, account, recipients)
        if scenario.event == "bounce":
            yield _bounce(mail, account, scenario, recipients)
        elif scenario.event == "delay":
            yield _delay(mail, account, scenario, recipients)
        elif scenario.event == "complaint":
            yield _complaint(mail, scenario, [to for to in mail.recipients if _domain(to) == domain])


def _delivery(mail: Mail, account: Account, recipients: list[str]) -> Happening:
    at = mail.sent_at + timedelta(milliseconds=877)
    body = {
        "timestamp": to_text(at),
        "processingTimeMillis": 877,
        "recipients": recipients,
        "smtpResponse": f"250 2.0.0 OK: queued as {mail.message_id[17:29].upper().replace('-', '')}",
        "remoteMtaIp": _REMOTE_IP,
        "reportingMTA": _own_mta(account),
    }
    return Happening("Delivery", at, body)


def _bounce(mail: Mail, account: Account, scenario: Scenario, recipients: list[str]) -> Happening:
    at = mail.sent_at + timedelta(milliseconds=1240)
    body: dict[str, Any] = {
        "bounceType": scenario.type,
        "bounceSubType": scenario.sub_type,
        "bouncedRecipients": [_refused(mail, scenario, recipient, action="failed") for recipient in recipients],
        "timestamp": to_text(at),
    }
    if scenario.status:
        body["reportingMTA"] = scenario.reporting_mta or f"dsn; {_own_mta(account)}"
    return Happening("Bounce", at, body, has_feedback_id=True)


def _complaint(mail: Mail, scenario: Scenario, recipients: list[str]) -> Happening:
    at = mail.sent_at + timedelta(seconds=20)
    body = {
        "complainedRecipients": [{"emailAddress": recipient} for recipient in recipients],
        "timestamp": to_text(at),
        "complaintSubType": None,
        "userAgent": "SimulatedProvider-FBL/1.0",
        "complaintFeedbackType": scenario.feedback_type,
        "arrivalDate": to_text(mail.sent_at + timedelta(seconds=15)),
    }
    return Happening("Complaint", at, body, has_feedback_id=True)


def _delay(mail: Mail, account: Account, scenario: Scenario, recipients: list[str]) -> Happening:
    at = mail.sent_at + timedelta(milliseconds=1240)
    body = {
        "timestamp": to_text(at),
        "delayType": scenario.type,
        "expirationTime": to_text(mail.sent_at + timedelta(minutes=840)),
        "reportingMTA": _own_mta(account),
        "delayedRecipients": [_refused(mail, scenario, recipient) for recipient in recipients],
    }
    return Happening("DeliveryDelay", at, body)


def _refused(mail: Mail, scenario: Scenario, recipient: str, action: str | None = None) -> dict[str, str]:
    """The recipient's entry; for an automatic reply, the address alone."""
    if not scenario.status or not scenario.diagnostic:
        return {"emailAddress": recipient}
    words = {"{address}": recipient, "{domain}": _domain(recipient), "{sender_domain}": mail.sender_domain}
    text = scenario.diagnostic
    for name, value in (words | {"{ip}": _SENDING_IP}).items():
        text = text.replace(name, value)
    return {"emailAddress": recipient, **({"action": action} if action else {})} | {
        "status": scenario.status,
        "diagnosticCode": text,
    }


def _on(path: Path, happening: Happening, mail: Mail, account: Account, chance: random.Random) -> Published | None:
    """What the path carries of it, or None if the path is not configured for it."""
    if isinstance(path, Topics):
        return _notification(path, happening, mail, account, chance)
    return _event(path, happening, mail, account, chance)


def _notification(
    path: Topics, happening: Happening, mail: Mail, account: Account, chance: random.Random
) -> Published | None:
    topic = path.topics.get(happening.kind)
    if not topic:
        return None
    body, feedback_id = _body(happening, account, chance)
    if body.get("reportingMTA", "").startswith("dsn; "):  # another server refused it
        body |= {"reportingMTA": body["reportingMTA"].replace("dsn; ", "dns; "), "remoteMtaIp": _REMOTE_IP}
    document = {
        "notificationType": happening.kind,
        happening.kind.lower(): body,
        "mail": identity_mail(mail, account, headers=happening.kind in path.headers),
    }
    return Published(
        path=path.name,
        service="sns",
        target=topic,
        text=json.dumps(document),
        feedback_id=feedback_id,
        kind=happening.kind,
        recipients=mail.recipients,
        message_id=mail.message_id,
    )


def _event(
    path: Destination, happening: Happening, mail: Mail, account: Account, chance: random.Random
) -> Published | None:
    if happening.kind not in path.kinds:
        return None
    body, feedback_id = _body(happening, account, chance)
    document = {
        "eventType": happening.kind,
        _OBJECTS.get(happening.kind, happening.kind.lower()): body,
        "mail": event_mail(mail, account, headers=happening.kind not in _WITHOUT_HEADERS),
    }
    return Published(
        path=path.name,
        service=path.service,
        target=path.target,
        text=json.dumps(document) + ("\n" if path.service == "firehose" else ""),
        feedback_id=feedback_id,
        detail_type=_DETAIL_TYPES[happening.kind] if path.service == "events" else None,
        kind=happening.kind,
        recipients=mail.recipients,
        message_id=mail.message_id,
    )


def _body(happening: Happening, account: Account, chance: random.Random) -> tuple[dict[str, Any], str | None]:
    """Each path gets its own copy and feedback id: SES does not document that ids agree between paths."""
    feedback_id = ses_id(account.region, happening.at, chance) if happening.has_feedback_id else None
    return happening.body | ({"feedbackId": feedback_id} if feedback_id else {}), feedback_id


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower().rstrip(">")


def _own_mta(account: Account) -> str:
    return f"b224-15.smtp-out.{account.region}.amazonses.com"
