"""Unpacks the SES document from whatever carried it: SNS, SQS, EventBridge, HTTPS, Firehose, or nothing at all.

No other module knows about transports. What is not feedback is recognised here and dropped on purpose, with a
reason that can be counted; what cannot be read is yielded as `Unreadable`, so that the rest is still processed.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from ses_feedback.errors import Unreadable
from ses_feedback.events.packed import inflated
from ses_feedback.strict_json import Json, decode


@dataclass(frozen=True, slots=True)
class Document:
    """One SES event as JSON, without its envelope.

    `arrived_at`: the time in the envelope, for events without one. `origin`: where it is in an archive
    (`s3://bucket/key@offset`), else None. `detail_type`: EventBridge's name of the event, else None.
    `is_account_event`: it is about the account; `content` is then the whole event, whose envelope names the resource.
    `topic`: the ARN of the SNS topic that brought it, else None; of several, the one nearest to the document.
    """

    content: dict[str, Any]
    arrived_at: str | None = None
    origin: str | None = None
    detail_type: str | None = None
    is_account_event: bool = False
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class NoFeedback:
    """A message without feedback, and why; `reason` is the same in one word, for counting."""

    kind: Literal["confirmation", "ignored"]
    reason: str
    why: str


S3_TEST = NoFeedback("ignored", "s3_test_event", "S3's test of a new notification configuration")

type Opened = Document | NoFeedback | Unreadable

ALARM = "CloudWatch Alarm State Change"
_CLOUDTRAIL = "via CloudTrail"
_MOST_ENVELOPES = 6
_MOST_VALUES = 100
_OTHER_SERVICE = {"AlarmName", "Service", "source"}
_RECORD_KEYS = {"Sns", "body", "Body", "kinesis", "data"}
_SES_WORDS = re.compile(
    r"(bounced|complained|delayed)Recipients|notificationType|eventType|aws\.ses|ses:configuration-set"
)
_VALIDATION_TEXT = "Successfully validated SNS topic"
_SES_OBJECTS = {
    *("bounce", "complaint", "delivery", "send", "reject"),
    *("open", "click", "failure", "deliveryDelay", "subscription"),
}


def open_text(text: str, arrived_at: str | None = None, depth: int = 0) -> Iterator[Opened]:
    """The documents in a text as a queue, a topic or a file holds it."""
    if text.lstrip().startswith(_VALIDATION_TEXT):
        yield NoFeedback("ignored", "validation_text", "SES's test message on a topic that it accepted")
        return
    try:
        content = decode(text)
    except Unreadable as unreadable:
        yield unreadable
        return
    yield from open_envelope(content, arrived_at, depth)


def open_envelope(content: Json, arrived_at: str | None = None, depth: int = 0) -> Iterator[Opened]:
    """The documents in a decoded message, whatever envelopes are around them."""
    if depth > _MOST_ENVELOPES:
        yield Unreadable(f"more than {_MOST_ENVELOPES} nested envelopes")
    elif isinstance(content, str):
        yield from open_text(content, arrived_at, depth) if depth else _not_an_object(content)
    elif content == []:
        yield NoFeedback("ignored", "no_records", "an empty list")
    elif isinstance(content, list):
        for element in content:
            yield from open_envelope(element, arrived_at, depth + 1)
    elif isinstance(content, dict):
        yield from _open_object(content, arrived_at, depth)
    else:
        yield from _not_an_object(content)


def _open_object(content: dict[str, Any], arrived_at: str | None, depth: int) -> Iterator[Opened]:
    """One JSON object: an envelope, a document, or another service's message."""
    if isinstance(content.get("Records"), list):
        for record in content["Records"]:
            yield from _open_record(record, arrived_at, depth)
        if not content["Records"]:
            yield NoFeedback("ignored", "no_records", "an event without records")
    elif "Type" in content and ("TopicArn" in content or "Message" in content):
        yield from _open_sns(content, depth)
    elif "detail-type" in content and "detail" in content:
        yield from _open_eventbridge(content, depth)
    elif isinstance(content.get("archive"), dict) and "document" in content:
        yield _archived(content["document"], content["archive"].get("position"), arrived_at)
    elif is_ses(content):
        yield Document(content, arrived_at)
    elif is_s3_test(content):
        yield S3_TEST
    elif isinstance(content.get("Messages"), list):  # sqs receive-message, as the AWS CLI prints it
        for message in content["Messages"]:
            yield from _open_record(message, arrived_at, depth)
    elif isinstance(content.get("records"), list):  # Firehose, to a transformation
        for record in content["records"]:
            yield from _open_base64(record, arrived_at, depth)
    elif "body" in content and ("requestContext" in content or "httpMethod" in content):
        yield from _open_request(content, arrived_at, depth)
    elif isinstance(content.get("awslogs"), dict):  # CloudWatch Logs, by a subscription filter
        yield from _open_base64(content["awslogs"], arrived_at, depth)
    elif content.get("messageType") == "CONTROL_MESSAGE":
        yield NoFeedback("ignored", "logs_control_message", "CloudWatch Logs' test of a subscription")
    elif content.get("messageType") == "DATA_MESSAGE" and isinstance(content.get("logEvents"), list):
        for logged in content["logEvents"]:
            yield from _open_line(logged, arrived_at, depth)
    elif isinstance(content.get("rawData"), str):  # Firehose's record of what it could not deliver
        yield from _open_base64({"data": content["rawData"]}, arrived_at, depth)
    elif isinstance(content.get("data_base64"), str):  # CloudEvents
        yield from _open_base64({"data": content["data_base64"]}, _text_or_none(content.get("time")), depth)
    elif _RECORD_KEYS & content.keys() and ("eventSource" in content or "EventSource" in content):
        yield from _open_record(content, arrived_at, depth)  # a pipe hands over records without `Records`
    elif isinstance(content.get("Message"), str | dict) and _OTHER_SERVICE.isdisjoint(content):
        yield from _open_sns(content, depth)  # an SNS message cut down to its text, as tests send it
    elif inside := list(_inside(content, depth)):
        for document in inside:
            yield from open_envelope(document, _text_or_none(content.get("time")) or arrived_at, depth + 1)
    elif names_ses(content):
        yield Unreadable("names SES, but holds neither an SES event nor a known envelope")
    elif named := _OTHER_SERVICE & content.keys():
        name = content[min(named)]
        yield NoFeedback("ignored", "other_service", f"a message of another service: {name!s:.100}")
    else:
        yield Unreadable("neither an SES event nor a known envelope (no eventType, notificationType or mail)")


def is_sqs_batch(event: Json) -> bool:
    """Whether a function was called with a batch from a queue, to be answered record by record."""
    records = event.get("Records") if isinstance(event, dict) else None
    first = records[0] if isinstance(records, list) and records else None
    return isinstance(first, dict) and first.get("eventSource") == "aws:sqs"


def is_s3_test(content: Json) -> bool:
    """Whether S3 says only that it may report: it sends this when a notification configuration is set."""
    return isinstance(content, dict) and content.get("Event") == "s3:TestEvent"


def names_ses(content: Any) -> bool:
    """Whether anything in it is SES's own word, so that dropping it might lose feedback."""
    return _SES_WORDS.search(str(content)) is not None


def _inside(content: dict[str, Any], depth: int) -> Iterator[Any]:
    """The values of an unknown object, as transformers, shippers and destinations make them, that hold SES inside.

    A value must name SES; what it turns out to be, `open_envelope` says.
    """
    if depth >= _MOST_ENVELOPES or len(content) > _MOST_VALUES:
        return
    for value in content.values():
        if isinstance(value, str):
            start = value.find("{")
            if start >= 0 and names_ses(value):
                yield value[start:]
        elif isinstance(value, dict | list) and value and names_ses(value):
            yield value


def is_ses(content: dict[str, Any]) -> bool:
    """Whether an object looks like an SES event, in either dialect; some are sent without their type."""
    return (
        "eventType" in content
        or "notificationType" in content
        or ("mail" in content and not _SES_OBJECTS.isdisjoint(content))
    )


def _open_record(record: Any, arrived_at: str | None, depth: int) -> Iterator[Opened]:
    """One record of a Lambda event or of an SQS answer."""
    if not isinstance(record, dict):
        yield Unreadable("a record that is not an object", "Records")
    elif isinstance(record.get("Sns"), dict):
        yield from _open_sns(record["Sns"], depth)
    elif "body" in record or "Body" in record:
        yield from open_envelope(record.get("body", record.get("Body")), arrived_at, depth + 1)
    elif isinstance(record.get("kinesis"), dict):
        yield from _open_base64(record["kinesis"], arrived_at, depth)
    elif isinstance(record.get("data"), str) and "kinesisSchemaVersion" in record:
        yield from _open_base64(record, arrived_at, depth)  # a pipe's record of a stream
    elif "s3" in record:
        yield NoFeedback("ignored", "s3_event", "names an S3 object; the archive watcher reads it")
    elif "ses" in record:
        yield NoFeedback("ignored", "inbound_mail", "inbound mail, not feedback")
    else:
        source = record.get("eventSource") or record.get("EventSource") or "unknown"
        yield NoFeedback("ignored", "other_service", f"a record of another service: {source!s:.100}")


def _open_sns(sns: dict[str, Any], depth: int) -> Iterator[Opened]:
    """An SNS message: the same fields from Lambda, an SQS body or an HTTPS request."""
    message_type = sns.get("Type", "Notification")
    if message_type in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        topic = sns.get("TopicArn", "an unnamed topic")
        yield NoFeedback("confirmation", "confirmation", f"{message_type} of {topic!s:.300}")
        return
    if "Message" not in sns:
        yield Unreadable("an SNS message without its text", "Message")
        return
    topic = _text_or_none(sns.get("TopicArn"))
    for opened in open_envelope(sns["Message"], _text_or_none(sns.get("Timestamp")), depth + 1):
        yield replace(opened, topic=opened.topic or topic) if isinstance(opened, Document) else opened


def _open_line(logged: Any, arrived_at: str | None, depth: int) -> Iterator[Opened]:
    """One log event: JSON, perhaps after the words that a logger writes before it."""
    message = logged.get("message") if isinstance(logged, dict) else None
    if isinstance(message, str) and (start := message.find("{")) >= 0:
        yield from open_text(message[start:], arrived_at, depth + 1)
    else:
        yield NoFeedback("ignored", "log_line", "a log line without JSON")


def _open_eventbridge(event: dict[str, Any], depth: int = 0) -> Iterator[Opened]:
    """An EventBridge event; `aws.ses` also reports on the account, and CloudTrail on API calls."""
    detail, detail_type = event["detail"], str(event["detail-type"])
    time = _text_or_none(event.get("time"))
    if event.get("source") == "aws.cloudwatch" and detail_type == ALARM:
        yield Document(event, time, detail_type=detail_type, is_account_event=True)
    elif event.get("source") != "aws.ses" and not (isinstance(detail, dict) and is_ses(detail)) and names_ses(detail):
        for part in detail if isinstance(detail, list) else [detail]:
            yield from open_envelope(part, time, depth + 1)  # a pipe, or an application, sent what holds SES inside
    elif event.get("source") != "aws.ses" and not (isinstance(detail, dict) and is_ses(detail)):
        sender = event.get("source")
        yield NoFeedback("ignored", "other_service", f"an event of another service: {sender!s:.100}")
    elif not isinstance(detail, dict):
        yield Unreadable("an event whose detail is not an object", "detail")
    elif is_ses(detail) or "mail" in detail:
        yield Document(detail, time, detail_type=detail_type)
    elif detail_type.endswith(_CLOUDTRAIL):
        yield NoFeedback(
            "ignored", "cloudtrail", f"an API call that CloudTrail saw, not feedback: {detail_type:.100}"
        )
    else:
        yield Document(event, time, detail_type=detail_type, is_account_event=True)


def _open_request(request: dict[str, Any], arrived_at: str | None, depth: int) -> Iterator[Opened]:
    """An HTTPS request as a function URL or API Gateway passes it on."""
    if request.get("isBase64Encoded"):
        yield from _open_base64({"data": request["body"]}, arrived_at, depth)
    else:
        yield from open_envelope(request["body"], arrived_at, depth + 1)


def _open_base64(record: Any, arrived_at: str | None, depth: int) -> Iterator[Opened]:
    try:
        text = inflated(base64.b64decode(record["data"], validate=True)).decode()
    except (KeyError, TypeError, ValueError) as error:
        yield Unreadable(f"data that is not Base64 of UTF-8 or of gzip: {error}", "data")
        return
    yield from open_envelope(text, arrived_at, depth + 1)


def _archived(document: Any, position: Any, arrived_at: str | None) -> Opened:
    """A document that the archive watcher found in an object, with its position there."""
    if isinstance(document, dict) and isinstance(position, str | None):
        if "detail-type" in document and "detail" in document:
            [opened] = _open_eventbridge(document)
            return replace(opened, origin=position) if isinstance(opened, Document) else opened
        return Document(document, arrived_at, position)
    return Unreadable("an archived document that is not an object, or whose position is not a text", "archive")


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _not_an_object(content: Json) -> Iterator[Opened]:
    yield Unreadable(f"a {type(content).__name__}, where an object was expected")
