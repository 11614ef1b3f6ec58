"""From a mail to what SES publishes of it, path by path: pure.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html (identity notifications)
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html (SNS)
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-firehose-contents.html (Firehose)
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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
    """One event before any path has given it its form. `kind` is its eventType, `body` the object of that name."""

    kind: str
    at: datetime
    body: dict[str, Any]
    has_feedback_id: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """One document on one path: `service` is sns, events or firehose, `target` an ARN, `text` what is published.

    `detail_type` is for EventBridge alone.
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
    """All that SES would publish of a mail, in the order in which it happens. Raises `UnknownRecipient`."""
    known = list(paths)
    return [
        published
        for happening in happenings(mail, account)
        for path in known
        if (published := _on(path, happening, mail, account, chance))
    ]


def shuffled(messages: Iterable[Published], copies: int, chance: random.Random, *, shuffle: bool) -> list[Published]:
    """Each message as often as asked, as SNS may deliver it; in any order on request."""
    found = [message for message in messages for _ in range(copies)]
    if shuffle:
        chance.shuffle(found)
    return found


def happenings(mail: Mail, account: Account) -> Iterator[Happening]:
    """Groups the recipients as SES does: those of one domain with one fate share an event, and a complaint lists all
    recipients at its domain, since the provider does not say who complained.
    """
    groups: dict[tuple[Scenario, str], list[str]] = {}
    for recipient in mail.recipients:
        groups.setdefault((scenario_of(recipient), _domain(recipient)), []).append(recipient)
    rejected = any(scenario.event == "reject" for scenario, _ in groups)
    yield Happening("Send", mail.sent_at, {})
    if rejected:  # of a mail with a virus, nothing is sent to anybody
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
            yield _complaint(mail, scenario, [one for one in mail.recipients if _domain(one) == domain])


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
        "bouncedRecipients": [_refused(mail, scenario, one, action="failed") for one in recipients],
        "timestamp": to_text(at),
    }
    if scenario.status:
        body["reportingMTA"] = scenario.reporting_mta or f"dsn; {_own_mta(account)}"
    return Happening("Bounce", at, body, has_feedback_id=True)


def _complaint(mail: Mail, scenario: Scenario, recipients: list[str]) -> Happening:
    at = mail.sent_at + timedelta(seconds=20)
    body = {
        "complainedRecipients": [{"emailAddress": one} for one in recipients],
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
        "delayedRecipients": [_refused(mail, scenario, one) for one in recipients],
    }
    return Happening("DeliveryDelay", at, body)


def _refused(mail: Mail, scenario: Scenario, recipient: str, action: str | None = None) -> dict[str, str]:
    """An automatic reply names the recipient and nothing more."""
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


def _on(path: Path, what: Happening, mail: Mail, account: Account, chance: random.Random) -> Published | None:
    """What a path carries of it, or None where that path is not asked for it."""
    if isinstance(path, Topics):
        return _notification(path, what, mail, account, chance)
    return _event(path, what, mail, account, chance)


def _notification(
    path: Topics, what: Happening, mail: Mail, account: Account, chance: random.Random
) -> Published | None:
    topic = path.topics.get(what.kind)
    if not topic:
        return None
    body, feedback_id = _body(what, account, chance)
    if body.get("reportingMTA", "").startswith("dsn; "):  # another server was asked, and it refused
        body |= {"reportingMTA": body["reportingMTA"].replace("dsn; ", "dns; "), "remoteMtaIp": _REMOTE_IP}
    document = {
        "notificationType": what.kind,
        what.kind.lower(): body,
        "mail": identity_mail(mail, account, headers=what.kind in path.headers),
    }
    return _published(path.name, "sns", topic, what, mail, json.dumps(document), feedback_id)


def _event(
    path: Destination, what: Happening, mail: Mail, account: Account, chance: random.Random
) -> Published | None:
    if what.kind not in path.kinds:
        return None
    body, feedback_id = _body(what, account, chance)
    document = {
        "eventType": what.kind,
        _OBJECTS.get(what.kind, what.kind.lower()): body,
        "mail": event_mail(mail, account, headers=what.kind not in _WITHOUT_HEADERS),
    }
    text = json.dumps(document) + ("\n" if path.service == "firehose" else "")
    found = _published(path.name, path.service, path.target, what, mail, text, feedback_id)
    return replace(found, detail_type=_DETAIL_TYPES[what.kind]) if path.service == "events" else found


def _body(what: Happening, account: Account, chance: random.Random) -> tuple[dict[str, Any], str | None]:
    """A copy of its own, with a feedback id of its own: nobody documents that ids agree between paths."""
    feedback_id = ses_id(account.region, what.at, chance) if what.has_feedback_id else None
    return what.body | ({"feedbackId": feedback_id} if feedback_id else {}), feedback_id


def _published(
    path: str, service: str, target: str, what: Happening, mail: Mail, text: str, feedback_id: str | None
) -> Published:
    recipients = tuple(mail.recipients)
    return Published(path, service, target, what.kind, text, recipients, mail.message_id, feedback_id)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower().rstrip(">")


def _own_mta(account: Account) -> str:
    return f"b224-15.smtp-out.{account.region}.amazonses.com"
