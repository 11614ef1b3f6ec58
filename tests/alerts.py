"""Alerts for the tests, and the mails they make, parsed and read as their mail program would."""

from copy import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

from ses_feedback.alerts.alert import Alert
from ses_feedback.alerts.mail import compose
from ses_feedback.vocabulary import ACTION_OF, Action, Effect, Kind, Reason, Urgency

NOW = datetime(2026, 11, 24, 3, 20, tzinfo=UTC)
BOUNCE = Alert(
    event_id="b1",
    team="customer_service",
    alert=Urgency.DIGEST,
    kind=Kind.BOUNCE,
    recipient="jo.doe@example.net",
    effect=Effect.SUPPRESSED,
    occurred_at="2026-11-24T03:19:05.123Z",
    sent_at="2026-11-24T03:18:59.000Z",
    environment="production",
    message_stream="transactional",
    matched="domain example.com",
    reason=Reason.USER_UNKNOWN,
    action=Action.SUPPRESS,
    rule="unknown-user",
    status="5.1.1",
    diagnostic="smtp; 550 5.1.1 jo.doe: no such user here",
    sender="support@example.com",
    subject="Your order has been shipped",
    message_id="0102019abcdef123-4f2e8d1c-000000",
    configuration_set="shop",
    scope="global",
)
FULL = replace(
    BOUNCE,
    event_id="f1",
    recipient="qa-inbox@example.net",
    environment="staging",
    reason=Reason.MAILBOX_FULL,
    action=Action.COUNT_SOFT,
    effect=Effect.COUNTED,
    scope=None,
)
BLOCK = replace(
    BOUNCE,
    event_id="d1",
    recipient="accounts@customer.example",
    alert=Urgency.AT_ONCE,
    reason=Reason.AUTH_FAILURE,
    action=Action.FIX_SENDER,
    effect=Effect.NONE,
    scope=None,
)
COMPLAINT = replace(
    BOUNCE,
    event_id="c1",
    recipient="maria@example.org",
    alert=Urgency.AT_ONCE,
    kind=Kind.COMPLAINT,
    reason=None,
    action=None,
    rule=None,
    status=None,
    diagnostic=None,
    complaint_feedback_type="abuse",
)
FOREIGN = ("recipient", "subject", "diagnostic", "sender", "message_id", "configuration_set", "matched", "rule")


def received(*alerts: Alert, team: str = "customer_service") -> EmailMessage:
    sent = compose(team, alerts, sender="alerts@example.com", to=["cs@example.com"], now=NOW)
    return message_from_bytes(sent.as_bytes(), policy=default)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


class Page(HTMLParser):
    """What a mail program sees: visible text, tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def storm(size: int) -> list[Alert]:
    reasons = [Reason.USER_UNKNOWN, Reason.MAILBOX_FULL, Reason.REPUTATION_BLOCK, Reason.UNKNOWN]
    return [
        replace(
            BOUNCE,
            event_id=str(i),
            recipient=f"user{i}@isp{i % 7}.example",
            reason=reasons[i % 4],
            action=ACTION_OF[reasons[i % 4]],
            effect=Effect.SUPPRESSED if i % 4 == 0 else Effect.NONE,
        )
        for i in range(size)
    ]


def hostile(text: str) -> Alert:
    foreign: dict[str, Any] = dict.fromkeys(FOREIGN, text)
    return replace(COMPLAINT, complaint_feedback_type=text, **foreign)


def alert(number: int, urgency: Urgency = Urgency.DIGEST) -> Alert:
    return Alert(
        event_id=f"event-{number:05}",
        team="qa",
        alert=urgency,
        kind=Kind.BOUNCE,
        recipient=f"reader-{number}@example.net",
        effect=Effect.SUPPRESSED,
        occurred_at="2026-11-20T09:00:00.000Z",
        sent_at="2026-11-20T09:00:00.000Z",
        environment="staging",
        message_stream="transactional",
        matched="address staging@example.com",
        diagnostic="550 5.1.1 \u00fc \U0001f600",
    )
