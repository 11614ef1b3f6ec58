"""The envelopes in which an event may arrive at process_feedback."""

import json
from dataclasses import dataclass
from typing import Any

ENVELOPES = ("bare", "sns", "sqs", "sqs_raw", "eventbridge", "sqs_eventbridge")
_TOPIC = "arn:aws:sns:eu-central-1:111122223333:ses-feedback"
_TIME = "2026-11-20T09:59:00.000Z"


@dataclass(frozen=True, slots=True)
class Event:
    """`payload` is what Lambda hands over; `text` the same, or the body alone, as `explain` reads it from a file."""

    name: str
    payload: Any
    text: str


def in_envelope(name: str, content: Any, envelope: str) -> Event:
    """`content`: a document of SES, or a text that stands where one should."""
    text = content if isinstance(content, str) else json.dumps(content)
    message = {"Type": "Notification", "MessageId": "m-1", "TopicArn": _TOPIC, "Message": text, "Timestamp": _TIME}
    on_bus: dict[str, Any] = {
        "version": "0",
        "id": "e-1",
        "detail-type": "SES",
        "source": "aws.ses",
        "account": "111122223333",
    }
    on_bus |= {"time": _TIME, "region": "eu-central-1", "resources": [], "detail": content}
    match envelope:
        case "sns":
            payload: Any = {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": message}]}
        case "sqs":
            payload = queued(json.dumps(message))
        case "sqs_raw":
            payload = queued(text)
        case "eventbridge":
            payload = on_bus
        case "sqs_eventbridge":
            payload = queued(json.dumps(on_bus))
        case _:
            payload = content
    return Event(name, payload, text if envelope == "sqs_raw" else json.dumps(payload))


def queued(*bodies: str) -> dict[str, Any]:
    """As SQS hands messages over."""
    return {"Records": [_record(number, body) for number, body in enumerate(bodies, 1)]}


def _record(number: int, body: str) -> dict[str, Any]:
    return {
        "messageId": f"m-{number}",
        "receiptHandle": "r",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795168740000"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:queue",
        "awsRegion": "eu-central-1",
    }
