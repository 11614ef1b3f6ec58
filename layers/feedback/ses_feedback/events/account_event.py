"""Account events: what SES says about the account, a tenant or an identity, and alarms on this stack's own rates.

They are about a resource, not about a mail or a recipient. EventBridge carries them:
https://docs.aws.amazon.com/ses/latest/dg/tenants.html (sending status; findings, there "Closed")
https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ses.html (the same, there "Resolved")
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html (alarms)
"""

import json
import re
from datetime import datetime
from typing import Any

from ses_feedback import timestamp
from ses_feedback.errors import Unreadable
from ses_feedback.event_id import event_id
from ses_feedback.events.document import ALARM, Document, NoFeedback
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.sender import RESOURCE, Sender, of_identity
from ses_feedback.vocabulary import AccountEvent, Kind

_ALARM_NAME = re.compile(r".+-rates-(?P<environment>[A-Za-z0-9_-]+)-(?:bounces|complaints)")
_WHOLE_ACCOUNT = "Account"  # in the names of the account's own alarms; names of environments are lower case


def read_account_event(document: Document, now: datetime, source: str | None = None) -> list[Feedback] | NoFeedback:
    """The one report in an account event. Raises `Unreadable`.

    Its event id is made from what happened, to what and when, not from the envelope's id, so that two rules, a
    redelivery and a replay make one event.
    """
    event = document.content
    detail = event["detail"] if isinstance(event.get("detail"), dict) else {}
    occurred_at = _time(document, now)
    if document.detail_type == ALARM:
        alarm = _alarm(detail)
        if alarm is None:
            return NoFeedback("ignored", "calm_alarm", "an alarm that neither begins nor ends, or is not ours")
        what, words, environment = alarm
    else:
        what, words, environment = _what(document.detail_type or ""), _words(detail), None
    resource = _resource(event, detail)
    named = resource.rpartition(":")[2] if resource.startswith("arn:") else ""
    return [
        Feedback(
            kind=Kind.ACCOUNT,
            event_id=_event_id(document.detail_type, resource, occurred_at, detail.get("data"), what),
            recipient=None,
            received=None,
            occurred_at=occurred_at,
            sent_at=occurred_at,
            resource=resource,
            account_event=what,
            environment=environment,
            senders=_senders(named),
            tags=_tags(named),
            diagnostic=words or None,
            source=source or document.origin,
        )
    ]


def _time(document: Document, now: datetime) -> str:
    occurred_at = timestamp.parse(document.arrived_at)
    if occurred_at is None:
        raise Unreadable("an account event without a time", "time")
    if not timestamp.EARLIEST <= occurred_at <= timestamp.later(timestamp.to_text(now), days=1):
        raise Unreadable(f"{occurred_at} is before SES existed or more than a day ahead", "time")
    return occurred_at


def _event_id(detail_type: str | None, resource: str, occurred_at: str, data: Any, what: AccountEvent) -> str:
    return event_id(str(detail_type), resource, occurred_at, json.dumps(data, sort_keys=True), what)


def _what(detail_type: str) -> AccountEvent:
    match detail_type.lower().split():
        case ["sending", "status", "disabled"]:
            return AccountEvent.SENDING_DISABLED
        case ["sending", "status", *_]:
            return AccountEvent.SENDING_ENABLED
        case ["advisor", "recommendation", "status", "open"]:
            return AccountEvent.FINDING_OPEN
        case ["advisor", "recommendation", "status", "closed" | "resolved"]:
            return AccountEvent.FINDING_RESOLVED
    return AccountEvent.OTHER


def _words(detail: dict[str, Any]) -> str:
    """SES's own: `DISABLED, AWS_MANAGED: <cause>` of a status, `HIGH, BOUNCE: <text>` of a finding."""
    data, metadata = detail.get("data"), detail.get("metadata")
    if isinstance(data, dict):
        record = data["record"] if isinstance(data.get("record"), dict) else {}
        heads, text = (record.get("status"), data.get("origin")), record.get("cause")
    else:
        of = metadata if isinstance(metadata, dict) else {}
        heads, text = (of.get("impact"), of.get("type")), data
    head = ", ".join(str(part) for part in heads if part)
    return ": ".join(filter(None, (head, str(text) if text else "")))


def _alarm(detail: dict[str, Any]) -> tuple[AccountEvent, str, str | None] | None:
    """An alarm that begins, or that ends after it began; an alarm that only has its first data is neither."""
    state = detail["state"] if isinstance(detail.get("state"), dict) else {}
    before = detail["previousState"] if isinstance(detail.get("previousState"), dict) else {}
    named = _ALARM_NAME.fullmatch(str(detail.get("alarmName")))
    if named is None:
        return None
    environment = None if named["environment"] == _WHOLE_ACCOUNT else named["environment"]
    match before.get("value"), state.get("value"):
        case (_, "ALARM"):
            return AccountEvent.RATE_HIGH, str(state.get("reason") or ""), environment
        case ("ALARM", "OK"):
            return AccountEvent.RATE_CALM, str(state.get("reason") or ""), environment
    return None


def _resource(event: dict[str, Any], detail: dict[str, Any]) -> str:
    """What the event is about: the ARN that SES names, an alarm's name, or the account in its region."""
    if name := detail.get("alarmName"):
        return f"alarm {name}"[:255]
    resources = event.get("resources")
    if isinstance(resources, list) and resources and isinstance(resources[0], str):
        return resources[0][:400]
    return f"account {event.get('account') or 'unknown'} in {event.get('region') or 'an unknown region'}"[:255]


def _senders(named: str) -> tuple[Sender, ...]:
    """`identity/example.com` is the mail of that domain."""
    kind, _, name = named.partition("/")
    sender = of_identity(name, RESOURCE) if kind == "identity" else None
    return (sender,) if sender else ()


def _tags(named: str) -> dict[str, list[str]]:
    kind, _, name = named.partition("/")
    return {"ses:configuration-set": [name]} if kind == "configuration-set" and name else {}
