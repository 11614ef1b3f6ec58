"""What the benchmarks feed in: the shapes and replies of the samples, each text made distinct."""

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ses_feedback.timestamp import to_text

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ROOT / "events"
REPLIES = ROOT / "tests" / "unit" / "bounces" / "replies.toml"

_START = datetime(2026, 11, 20, 8, tzinfo=UTC)


def distinct_replies(count: int) -> list[str]:
    """Diagnostic codes: the replies of the test table, each with an address, an IP and a queue id of its own."""
    table = tomllib.loads(REPLIES.read_text(encoding="utf-8"))
    replies = [reply for replies in table.values() for reply in replies if not reply.startswith("{") and reply]
    return [
        f"smtp; {replies[i % len(replies)]} <kim{i}@mx{i}.example> [203.0.{i >> 8 & 255}.{i & 255}] q{i:x}"
        for i in range(count)
    ]


def queue_bodies(count: int) -> list[str]:
    """Bodies of SQS messages, as SNS writes them: half bounces, a third deliveries, the rest complaints."""
    envelope = json.loads(_sample("sqs_bounce.json")["Records"][0]["body"])
    bounce = json.loads(envelope["Message"])
    delivery = _sample("ses/event_delivery.json")
    complaint = _sample("ses/event_complaint.json")
    cycle = (bounce, delivery, bounce, complaint, bounce, delivery)
    replies = distinct_replies(count)
    return [_body(envelope, cycle[i % len(cycle)], replies[i], i) for i in range(count)]


def _sample(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def _body(envelope: dict[str, Any], document: dict[str, Any], reply: str, number: int) -> str:
    """One body: SNS breaks its envelope into lines, SES its document into none."""
    message = json.dumps(_numbered(document, reply, number), separators=(",", ":"))
    return json.dumps(
        envelope | {"MessageId": f"bcf933b6-573a-40d9-9e26-{number:012x}", "Message": message}, indent=2
    )


def _numbered(document: dict[str, Any], reply: str, number: int) -> dict[str, Any]:
    """The document of another mail: ids, times, address and reply of its own."""
    address, at = f"reader{number}@example.net", to_text(_START + timedelta(milliseconds=40 * number))
    mail = document["mail"] | {"messageId": f"010701a1f803-{number:012x}", "destination": [address], "timestamp": at}
    numbered = document | {"mail": mail}
    match document.get("notificationType") or document["eventType"]:
        case "Bounce":
            recipient = {"emailAddress": address, "action": "failed", "status": "5.0.0", "diagnosticCode": reply}
            detail = {"bouncedRecipients": [recipient], "feedbackId": f"fb-{number:012x}", "timestamp": at}
            numbered["bounce"] = document["bounce"] | detail
        case "Complaint":
            detail = {"complainedRecipients": [{"emailAddress": address}], "feedbackId": f"fb-{number:012x}"}
            numbered["complaint"] = document["complaint"] | detail | {"timestamp": at}
        case _:
            numbered["delivery"] = document["delivery"] | {"recipients": [address], "timestamp": at}
    return numbered
