"""Some hundreds of made events, the same on each run: histories of addresses, every reply's reason, copies, and
what is malformed or hostile.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.golden.clock import NOW
from tests.golden.envelopes import ENVELOPES, Event, in_envelope

REPLIES = Path(__file__).parent / "replies.jsonl"
TYPES = [
    *(("Permanent", sub) for sub in ("General", "NoEmail", "Suppressed", "OnAccountSuppressionList")),
    *(("Transient", sub) for sub in ("General", "MailboxFull", "MessageTooLarge", "ContentRejected")),
    *(("Transient", sub) for sub in ("AttachmentRejected", "CustomTimeoutExceeded")),
    *(("Undetermined", "Undetermined"), ("Permanent", "UnsubscribedRecipient"), ("Sudden", "Whatever")),
]
COMPLAINTS = ["abuse", "auth-failure", "fraud", "not-spam", "other", "virus", "surprise", None]
SENDERS = [
    ("dev@example.com", "ses-feedback-dev", {"environment": ["dev"]}),
    ("Staging <staging@example.com>", "ses-feedback-staging", {"environment": ["staging"]}),
    ("Paper Lantern Books <Orders@Example.com>", "ses-feedback-production", {"environment": ["production"]}),
    ("news@example.com", "ses-feedback-marketing", {"message_stream": ["marketing"], "campaign": ["x"]}),
    ("someone@other.example", None, {}),
    ("alerts@example.com", None, {}),
    ("orders@example.com", "unknown-set", {"environment": ["staging"], "message_stream": ["nobody-knows"]}),
]


@dataclass(slots=True)
class Maker:
    """Builds documents as SES does; ids count up."""

    chance: random.Random
    number: int = 0

    def mail(self, to: list[str], sent: datetime, sender: int | None = None, tagged: bool | None = None) -> Any:
        """`tagged`: as event publishing has it; else as an identity's notification, which knows no tags."""
        self.number += 1
        source, configuration_set, tags = SENDERS[self.chance.randrange(5) if sender is None else sender]
        subject = f"Order {self.number}"
        mail: dict[str, Any] = {
            "timestamp": text_of(sent),
            "source": source,
            "messageId": f"0107-{self.number:05}-000000",
            "destination": to,
            "commonHeaders": {"from": [source], "to": to, "subject": subject},
        }
        if tagged:
            named = {"ses:configuration-set": [configuration_set]} if configuration_set else {}
            mail["tags"] = named | tags
        return mail

    def document(self, kind: str, mail: Any, body: Any, at: datetime, name: str = "") -> Any:
        dialect = "eventType" if "tags" in mail else "notificationType"
        name = name or kind[0].lower() + kind[1:]
        feedback = {"feedbackId": f"f-{mail['messageId']}"} if kind in ("Bounce", "Complaint") else {}
        return {dialect: kind, name: {"timestamp": text_of(at)} | feedback | body, "mail": mail}

    def bounce(self, to: list[str], at: datetime, types: tuple[str, str], reply: Any = None, **mail: Any) -> Any:
        recipients = [{"emailAddress": one} | (reply or {}) for one in to]
        body = {"bounceType": types[0], "bounceSubType": types[1], "bouncedRecipients": recipients}
        sent = self.mail(to, at - timedelta(seconds=self.chance.randrange(1, 90_000)), **mail)
        return self.document("Bounce", sent, body, at)

    def complaint(self, to: list[str], at: datetime, told: str | None, sub: str | None = None, **mail: Any) -> Any:
        body = {"complainedRecipients": [{"emailAddress": one} for one in to], "complaintSubType": sub}
        if told:
            body["complaintFeedbackType"] = told
        return self.document("Complaint", self.mail(to, at - timedelta(hours=3), **mail), body, at)

    def delivery(self, to: str, at: datetime, **mail: Any) -> Any:
        body = {"recipients": [to], "smtpResponse": "250 ok", "processingTimeMillis": 9}
        return self.document("Delivery", self.mail([to], at - timedelta(seconds=2), **mail), body, at)

    def delay(self, to: str, at: datetime, reply: dict[str, str], **mail: Any) -> Any:
        body = {"delayType": self.chance.choice(["General", "MailboxFull", "IPFailure", "New"])}
        sent = self.mail([to], at - timedelta(minutes=9), **mail)
        return self.document("DeliveryDelay", sent, body | {"delayedRecipients": [{"emailAddress": to} | reply]}, at)


def text_of(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def made_events() -> list[Event]:
    """In the order in which they arrive, each in an envelope that its number chooses."""
    maker = Maker(random.Random(9))
    found = [*_replies(maker), *_histories(maker), *_copies(maker), *_other_kinds(maker)]
    events = [
        in_envelope(f"made/{number:03} {what}", document, ENVELOPES[number % len(ENVELOPES)])
        for number, (what, document) in enumerate(found, 1)
    ]
    return [*events, *_malformed(maker)]


def all_replies() -> list[dict[str, str]]:
    """Replies as `classify` is asked, each with the reason that it means."""
    return [json.loads(line) for line in REPLIES.read_text(encoding="utf-8").splitlines()]


def _replies(maker: Maker) -> Iterator[tuple[str, Any]]:
    """Some replies of each reason, to addresses of their own, young enough that teams are told."""
    chance, by_reason = maker.chance, dict[str, list[dict[str, str]]]()
    for asked in all_replies():
        by_reason.setdefault(asked["reason"], []).append(asked)
    for reason, replies in by_reason.items():
        for number, asked in enumerate(chance.sample(replies, min(4, len(replies)))):
            types = (asked.get("bounce_type", ""), asked.get("bounce_sub_type", ""))
            to = f"{reason}.{number}@{chance.choice(('gmail.com', 'outlook.com', 'isp.example', 'yahoo.co.uk'))}"
            reply = {"diagnosticCode": asked.get("diagnostic", ""), "status": asked.get("status", "")}
            reply |= {"action": asked.get("action", "failed")}
            reply = {name: value for name, value in reply.items() if value}
            at = NOW - timedelta(seconds=chance.randrange(40_000))
            chosen = types if types[0] else chance.choice(TYPES[:8])
            yield f"{reason}", maker.bounce([to], at, chosen, reply, tagged=chance.random() < 0.6)


def _histories(maker: Maker) -> Iterator[tuple[str, Any]]:
    """Addresses with several events: soft bounces that add up, deliveries that clear them, complaints taken back."""
    chance = maker.chance
    full = {"status": "5.2.2", "diagnosticCode": "smtp; 552 5.2.2 mailbox full"}
    gone = {"status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    for number in range(4):
        to, sender = f"soft.{number}@isp.example", number
        days = [40, 30, 24, 20, 16, 9, 5, 3, 2, 1][number * 2 :]
        if number == 3:
            chance.shuffle(days)
        for day in (*days, 0.2, 0.1):
            at = NOW - timedelta(days=day)
            yield "soft", maker.bounce([to], at, ("Transient", "MailboxFull"), full, sender=sender, tagged=True)
        if number % 2:
            yield "delivery after soft", maker.delivery(to, NOW - timedelta(minutes=9), sender=sender, tagged=True)
        else:
            yield "delivery before", maker.delivery(to, NOW - timedelta(days=12), sender=sender, tagged=False)
    for number, told in enumerate(COMPLAINTS):
        to = f"complainer.{number}@example.org"
        for sender in (number % 5, (number + 1) % 4):
            yield "complaint", maker.complaint([to], NOW - timedelta(hours=5), told, sender=sender, tagged=number > 3)
        if number % 2 == 0:
            at = NOW - timedelta(hours=1 if number % 4 else 30)
            yield "not spam", maker.complaint([to], at, "not-spam", sender=number % 5, tagged=True)
    for number in range(30):
        to = f"reader.{number}@{chance.choice(('example.net', 'gmail.com', 'firma.example'))}"
        for _ in range(chance.randint(2, 5)):
            at = NOW - timedelta(seconds=chance.randrange(5 * 86_400) * chance.choice((0.1, 1, 60)))
            mail: dict[str, Any] = {"sender": chance.randrange(7), "tagged": chance.random() < 0.5}
            match chance.randrange(7):
                case 0:
                    yield "hard", maker.bounce([to], at, ("Permanent", "General"), gone, **mail)
                case 1:
                    yield "delivery", maker.delivery(to, at, **mail)
                case 2:
                    yield "complaint", maker.complaint([to], at, chance.choice(COMPLAINTS), **mail)
                case 3:
                    yield "delay", maker.delay(to, at, full, **mail)
                case _:
                    yield "bounce", maker.bounce([to], at, chance.choice(TYPES), **mail)


def _copies(maker: Maker) -> Iterator[tuple[str, Any]]:
    """The same event with more and with less of whose mail it was, in both orders, and several recipients."""
    for number, (_, configuration_set, tags) in enumerate(SENDERS[:4]):
        to = f"copied.{number}@example.net"
        types = TYPES[number % 2 * 7]
        bare = maker.bounce([to], NOW - timedelta(hours=number), types, sender=number, tagged=False)
        rich = json.loads(json.dumps(bare))
        rich["eventType"] = rich.pop("notificationType")
        rich["mail"]["tags"] = {"ses:configuration-set": [configuration_set]} | tags
        for name, copy in (("poor", bare), ("rich", rich), ("poor", bare))[number % 2 :]:
            yield f"copy {name}", copy
    both = ["pair.a@example.net", "Pair B <Pair.B@Example.NET>", "pair.a@example.net"]
    yield "several recipients", maker.bounce(both, NOW - timedelta(hours=1), TYPES[0], sender=2, tagged=True)
    for told in (None, "abuse"):
        yield "complaint of several", maker.complaint(both, NOW - timedelta(hours=1), told, sender=3, tagged=True)
    for sub in ("OnAccountSuppressionList", "Novel"):
        yield (
            "echo",
            maker.complaint(["echo@example.net"], NOW - timedelta(hours=1), None, sub, sender=3, tagged=True),
        )


def _other_kinds(maker: Maker) -> Iterator[tuple[str, Any]]:
    at, to = NOW - timedelta(minutes=30), "other@example.net"
    bodies: dict[str, tuple[str, Any]] = {
        "Send": ("send", {}),
        "Open": ("open", {"ipAddress": "192.0.2.1", "userAgent": "x"}),
        "Click": ("click", {"ipAddress": "192.0.2.1", "link": "https://example.com/", "userAgent": "x"}),
        "Reject": ("reject", {"reason": "Bad content"}),
        "Rendering Failure": ("failure", {"errorMessage": "Attribute 'x' is missing", "templateName": "t"}),
        "Subscription": ("subscription", {"contactList": "c", "source": "UnsubscribeHeader"}),
        "Novelty": ("novelty", {"what": "new"}),
    }
    for number, (kind, (name, body)) in enumerate(bodies.items()):
        mail = maker.mail([to], at, sender=number % 4, tagged=True)
        yield kind, maker.document(kind, mail, body, at, name)


def _malformed(maker: Maker) -> Iterator[Event]:
    """Documents with one thing wrong or hostile, each as a bare document and as a body of SQS."""
    good = maker.bounce(["odd@example.net"], NOW - timedelta(hours=1), TYPES[0], sender=2, tagged=True)
    changes: dict[str, dict[str, Any]] = {
        "no mail": {"mail": None},
        "mail a list": {"mail": []},
        "no kind": {"eventType": None},
        "kind a number": {"eventType": 5},
        "both dialects": {"notificationType": "Complaint"},
        "no recipients": {"bounce.bouncedRecipients": []},
        "recipients a text": {"bounce.bouncedRecipients": "odd@example.net"},
        "recipient null": {"bounce.bouncedRecipients": [None]},
        "address a number": {"bounce.bouncedRecipients": [{"emailAddress": 7}]},
        "address empty": {"bounce.bouncedRecipients": [{"emailAddress": ""}]},
        "address hostile": {"bounce.bouncedRecipients": [{"emailAddress": "<img src=x>@\u202eexample.net\r\nX: y"}]},
        "address idn": {"bounce.bouncedRecipients": [{"emailAddress": "Jürgen@BÜCHER.example"}]},
        "address quoted": {"bounce.bouncedRecipients": [{"emailAddress": '"a b"@example.net'}]},
        "address long": {"bounce.bouncedRecipients": [{"emailAddress": "a" * 700 + "@example.net"}]},
        "status odd": {"bounce.bouncedRecipients": [{"emailAddress": "o@example.net", "status": [5, 1]}]},
        "diagnostic html": {
            "bounce.bouncedRecipients": [
                {
                    "emailAddress": "h@example.net",
                    "diagnosticCode": "550 <script>alert(1)</script> http://evil.example",
                }
            ]
        },
        "diagnostic long": {
            "bounce.bouncedRecipients": [{"emailAddress": "l@example.net", "diagnosticCode": "550 x" + "y" * 4000}]
        },
        "subject hostile": {"mail.commonHeaders.subject": "a\r\nBcc: x@evil.example\x00\u202e<b>{{7*7}}"},
        "no time": {"bounce.timestamp": None, "mail.timestamp": None},
        "time odd": {"bounce.timestamp": "yesterday"},
        "time without zone": {"bounce.timestamp": "2026-11-20T09:00:00"},
        "time elsewhere": {"bounce.timestamp": "2026-11-20T11:00:00.5+02:00"},
        "time in the future": {"bounce.timestamp": "2031-01-01T00:00:00.000Z"},
        "time before mail": {"bounce.timestamp": "2026-01-01T00:00:00.000Z"},
        "no message id": {"mail.messageId": None},
        "message id a number": {"mail.messageId": 12},
        "sender odd": {"mail.source": "not an address", "mail.tags": None},
        "tags odd": {"mail.tags": {"environment": "dev", "x": [1, None]}},
        "two environments": {"mail.tags": {"environment": ["dev", "staging"]}},
        "bounce a list": {"bounce": []},
    }
    for number, (what, changed) in enumerate(changes.items(), 1):
        name = f"odd/{number:02} {what}"
        yield in_envelope(name, _changed(good, changed), ("bare", "sqs_raw")[number % 2])
    texts = {
        "empty": "", "a word": "hello", "cut": json.dumps(good)[:200], "not a number": '{"a": NaN}', "null": "null",
        "nested": "[" * 5000, "deep text": json.dumps(json.dumps(json.dumps(good))), "a list": json.dumps([good, 5]),
        "surrogate": '{"eventType": "\\ud800"}', "twice": '{"mail": 1, "mail": 2}', "records": '{"Records": [{}, 5]}',
        "long": "x" * 210_000, "control": "a\x01b",
        "messages": json.dumps({"Messages": [{"Body": json.dumps(good)}]}),
    }  # fmt: skip
    for what, text in texts.items():
        yield in_envelope(f"odd/text {what}", text, "sqs_raw")


def _changed(document: Any, changes: dict[str, Any]) -> Any:
    copy = json.loads(json.dumps(document))
    for path, value in changes.items():
        *steps, last = path.split(".")
        holder = copy
        for step in steps:
            holder = holder[step]
        holder[last] = value
        if value is None:
            del holder[last]
    return copy
