"""One dead letter: why it is there, and where it belongs, from what AWS and the functions leave on it.

| who put it there | how we know |
|---|---|
| one of our functions, at once | the attributes Cause, Place, Function, Origin (`ses_feedback.dead_letters`) |
| SQS, after ten receptions | the system attribute DeadLetterQueueSourceArn |
| EventBridge, which could not deliver | the attributes RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE |
| Lambda, which gave up on records of a stream | a body with DDBStreamBatchInfo, without the records |
| Lambda, which gave up on a call of back_up | a body with requestContext and the error that the function raised |
| Lambda, which gave up on a direct call | the attributes RequestID, ErrorCode, ErrorMessage |
| SNS, which could not deliver | no mark; the body is the topic's message, or an alert if delivery is raw |

docs.aws.amazon.com: lambda/latest/dg/services-dynamodb-errors.html,
lambda/latest/dg/invocation-async-retain-records.html,
eventbridge/latest/userguide/eb-rule-dlq.html, AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from ses_feedback.alerts.alert import alert_from
from ses_feedback.errors import Unreadable
from ses_feedback.strict_json import decode

QUEUE_OF = {
    "process_feedback": "FeedbackQueue",
    "receive_feedback": "FeedbackQueue",
    "watch_archive": "ArchiveQueue",
    "route_alerts": "AlertQueue",
    "post_webhook": "WebhookQueue",
}
"""By function: the stack's output that names the queue it reads."""

READERS = {"publishalerts": "AlertQueue", "publishfeedback": "FeedbackEventBus"}
"""By a part of the name of each function that reads the ledger's stream: the output that names where it publishes."""

_UNDELIVERED = "SNS could not deliver it: does the queue's policy allow SNS to send?"
_POSITION = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)@\d+\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ToQueue:
    """Send `body` to a queue: `output` names it in the stack, or `arn` itself."""

    body: str
    output: str = ""
    arn: str = ""

    def __str__(self) -> str:
        return self.output or self.arn.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class FromStream:
    """Read a part of the ledger's stream again, from one sequence number to another, and publish what it holds:
    alerts to their queue, or events to the bus; `output` names either in the stack.
    """

    output: str
    stream: str
    shard: str
    first: str
    last: str

    def __str__(self) -> str:
        return f"{self.output}, from the ledger's stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """`source` is who put it there; `cause`, `place` and `origin` are empty if unknown.

    `destination` is None if it is unknown where it belongs. `receipt` is SQS's handle to delete it.
    """

    id: str
    sent_at: int
    source: str
    cause: str
    place: str
    origin: str
    body: str
    destination: ToQueue | FromStream | None
    receipt: str = ""


def dead_letter_from(message: Mapping[str, Any]) -> DeadLetter:
    """Reads a message as SQS returns it with all its attributes. Never raises: the queue may hold anything."""
    named = {name: str(value.get("StringValue", "")) for name, value in message.get("MessageAttributes", {}).items()}
    system = message.get("Attributes", {})
    source, cause, destination = _why(message["Body"], named, system.get("DeadLetterQueueSourceArn", ""))
    return DeadLetter(
        id=message["MessageId"],
        sent_at=int(system.get("SentTimestamp", 0)),
        source=source,
        cause=cause,
        place=named.get("Place", ""),
        origin=named.get("Origin", ""),
        body=message["Body"],
        destination=destination,
        receipt=message.get("ReceiptHandle", ""),
    )


type _Why = tuple[str, str, ToQueue | FromStream | None]


def _why(body: str, named: Mapping[str, str], queue_arn: str) -> _Why:
    if queue_arn:  # first: a message that was moved twice keeps its attributes
        queue = queue_arn.rpartition(":")[2]
        cause = f"received as often as the queue allows, and never handled: see the log of the reader of {queue}"
        return f"queue {queue}", cause, ToQueue(body, arn=queue_arn)
    if "Function" in named:
        return named["Function"], named.get("Cause", ""), _back_to(named["Function"], body, named.get("Origin", ""))
    if "RULE_ARN" in named:
        rule = named["RULE_ARN"].rpartition("/")[2]
        return f"rule {rule}", _error(named, "ERROR_CODE", "ERROR_MESSAGE"), _target(body, named)
    content = _object(body)
    name = _reader_of(content)
    if isinstance(stream := content.get("DDBStreamBatchInfo"), dict):
        return f"function {name}", _gave_up(content, stream), _part_of(stream, name)
    if name:
        return f"function {name}", _raised(content), None
    if "ErrorCode" in named and "RequestID" in named:
        return "Lambda", _error(named, "ErrorCode", "ErrorMessage"), ToQueue(body, "FeedbackQueue")
    if "TopicArn" in content and "Message" in content:
        topic = str(content["TopicArn"]).rpartition(":")[2]
        return f"topic {topic}", _UNDELIVERED, ToQueue(body, "FeedbackQueue")
    try:
        alert_from(content)
    except Unreadable:
        return "unknown", "", None
    return "alerts topic", _UNDELIVERED, ToQueue(body, "AlertQueue")


def _back_to(function: str, body: str, origin: str) -> ToQueue | None:
    """To the queue that the function reads. A document of the archive is read from its object again, since the dead
    letter holds only its beginning.
    """
    if function == "watch_archive" and (position := _POSITION.match(origin)):
        key = quote_plus(position["key"], safe="/")
        event = {"s3": {"bucket": {"name": position["bucket"]}, "object": {"key": key}}}
        body = json.dumps({"Records": [event]})
    output = QUEUE_OF.get(function)
    return ToQueue(body, output) if output else None


def _target(body: str, named: Mapping[str, str]) -> ToQueue:
    target = named.get("TARGET_ARN", "")
    return ToQueue(body, arn=target) if ":sqs:" in target else ToQueue(body, "FeedbackQueue")


def _error(named: Mapping[str, str], *names: str) -> str:
    return ": ".join(filter(None, (named.get(name) for name in names)))


def _reader_of(content: dict[str, Any]) -> str:
    """The name of the function that Lambda gave up on."""
    context = content.get("requestContext")
    arn = str(context.get("functionArn", "")) if isinstance(context, dict) else ""
    return arn.partition(":function:")[2].partition(":")[0]


def _gave_up(content: dict[str, Any], stream: dict[str, Any]) -> str:
    context = content.get("requestContext")
    condition = context.get("condition") if isinstance(context, dict) else None
    return f"{condition or 'given up'}: {stream.get('batchSize', 'some')} records of the ledger's stream"


def _raised(content: dict[str, Any]) -> str:
    """The error of a function when Lambda gave up on an asynchronous call, such as a backup."""
    context, answer = content.get("requestContext"), content.get("responsePayload")
    message = answer.get("errorMessage") if isinstance(answer, dict) else None
    condition = context.get("condition") if isinstance(context, dict) else None
    return ": ".join(str(part) for part in (condition, message) if part)


def _part_of(stream: dict[str, Any], reader: str) -> FromStream | None:
    name = reader.replace("-", "").casefold()
    output = next((output for known, output in READERS.items() if known in name), None)
    parts = [stream.get(n) for n in ("streamArn", "shardId", "startSequenceNumber", "endSequenceNumber")]
    texts = [part for part in parts if isinstance(part, str) and part]
    return FromStream(output, *texts) if output and len(texts) == len(parts) else None


def _object(body: str) -> dict[str, Any]:
    try:
        content = decode(body)
    except Unreadable:
        return {}
    return content if isinstance(content, dict) else {}
