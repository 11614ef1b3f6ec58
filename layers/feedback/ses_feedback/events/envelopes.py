"""The envelopes that may hold SES events, and how each is opened.

To add one, write a function that takes the object and returns what is inside (`Part`, or what it turned out to be at
once), or None if the object is something else; then its line in `ENVELOPES`, by a key that the object has; then a
sample in `events/envelopes/`, which the tests find. What has no fixed keys (input transformers, log shippers) needs
no entry: `search` finds it.
"""

from collections.abc import Callable, Sequence
from copy import replace
from typing import Any, NamedTuple

from ses_feedback import timestamp
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import ALARM, S3_TEST, Document, NoFeedback, Opened
from ses_feedback.events.packed import objects_in, unescaped
from ses_feedback.events.ses_words import is_ses, names_ses


class Part(NamedTuple):
    """What an envelope holds, still to be opened: JSON, a text of JSON, or (`is_packed`) one in Base64 or gzip.

    `arrived_at` and `topic`: what the envelope says of them, else None; an envelope around it may know more.
    """

    content: Any
    arrived_at: str | None = None
    topic: str | None = None
    is_packed: bool = False


type Inside = Sequence[Part | Opened]

OTHER_SERVICE = {"AlarmName", "EventSource", "Service", "eventSource", "source"}
"""Keys by which the messages of other services say whose they are."""

_CLOUDTRAIL = "via CloudTrail"


def inside_of(content: dict[str, Any]) -> Inside | None:
    """What the first envelope that fits holds; None if none fits."""
    for key, open_envelope in ENVELOPES:
        if key in content and (inside := open_envelope(content)) is not None:
            return inside
    return None


def _records(content: dict[str, Any]) -> Inside | None:
    """A Lambda event, of whatever service."""
    return _each(content["Records"], _record)


def _messages(content: dict[str, Any]) -> Inside | None:
    """What `aws sqs receive-message` prints."""
    return _each(content["Messages"], _record)


def _each(entries: Any, open_entry: Callable[[Any], Inside]) -> Inside | None:
    return [part for entry in entries for part in open_entry(entry)] if isinstance(entries, list) else None


def _record(record: Any) -> Inside:
    """One record of a Lambda event, or one message of SQS."""
    if not isinstance(record, dict):
        return [Unreadable("a record that is not an object", "Records")]
    if isinstance(record.get("Sns"), dict):
        return _message(record["Sns"])
    if "body" in record or "Body" in record:
        return [Part(record.get("body", record.get("Body")))]
    if isinstance(record.get("kinesis"), dict):
        return [Part(record["kinesis"].get("data"), is_packed=True)]
    if "s3" in record:
        return [NoFeedback("ignored", "s3_event", "names an S3 object; the archive watcher reads it")]
    if "ses" in record:
        return [NoFeedback("ignored", "inbound_mail", "inbound mail, not feedback")]
    if (call := _cloudtrail(record)) is not None:
        return call
    if names_ses(record):
        return [Part(record)]
    source = record.get("eventSource") or record.get("EventSource") or "unknown"
    return [NoFeedback("ignored", "other_service", f"a record of another service: {source!s:.100}")]


def _bare_record(record: dict[str, Any]) -> Inside | None:
    """A record alone, as an EventBridge pipe hands it over: without `Records`, and a stream's without `kinesis`.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
    """
    if isinstance(record.get("data"), str) and "kinesisSchemaVersion" in record:
        return [Part(record["data"], is_packed=True)]
    return None if {"Sns", "body", "kinesis", "s3", "ses"}.isdisjoint(record) else _record(record)


def _sns(content: dict[str, Any]) -> Inside | None:
    """SNS, over HTTPS or in an SQS body."""
    return _message(content) if "TopicArn" in content or "Message" in content else None


def _sns_cut_down(content: dict[str, Any]) -> Inside | None:
    """An SNS message cut down to its text, as tests send it."""
    is_message = isinstance(content["Message"], str | dict) and OTHER_SERVICE.isdisjoint(content)
    return _message(content) if is_message else None


def _message(sns: dict[str, Any]) -> Inside:
    """An SNS message: the same fields from Lambda, an SQS body or an HTTPS request."""
    message_type = sns.get("Type", "Notification")
    if message_type in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        topic = sns.get("TopicArn", "an unnamed topic")
        return [NoFeedback("confirmation", "confirmation", f"{message_type} of {topic!s:.300}")]
    if "Message" not in sns:
        return [Unreadable("an SNS message without its text", "Message")]
    return [Part(sns["Message"], text_or_none(sns.get("Timestamp")), text_or_none(sns.get("TopicArn")))]


def _eventbridge(event: dict[str, Any]) -> Inside | None:
    """An EventBridge event. `aws.ses` also reports on the account; pipes and applications send SES's events on."""
    if "detail" not in event:
        return None
    detail, detail_type, source = event["detail"], str(event["detail-type"]), event.get("source")
    time = text_or_none(event.get("time"))
    if source == "aws.cloudwatch" and detail_type == ALARM:
        return [Document(event, time, detail_type=detail_type, is_account_event=True)]
    if isinstance(detail, dict) and (is_ses(detail) or (source == "aws.ses" and "mail" in detail)):
        return [Document(detail, time, detail_type=detail_type)]
    if detail_type.endswith(_CLOUDTRAIL):
        why = f"an API call that CloudTrail saw, not feedback: {source!s:.100}, {detail_type:.100}"
        return [NoFeedback("ignored", "cloudtrail", why)]
    is_about_a_mail = detail_type.lower().startswith("email ")  # SES's names of these: `Email Bounced`
    if source == "aws.ses" and isinstance(detail, dict) and not is_about_a_mail:
        return [Document(event, time, detail_type=detail_type, is_account_event=True)]
    if names_ses(detail):
        return [Part(detail, time)]
    if source == "aws.ses":
        return [Unreadable("an event of SES in whose detail nothing names SES", "detail")]
    return [NoFeedback("ignored", "other_service", f"an event of another service: {source!s:.100}")]


def _archived(content: dict[str, Any]) -> Inside | None:
    """A document that the archive watcher found in an object, with its position there."""
    if not isinstance(content["archive"], dict) or "document" not in content:
        return None
    document, position = content["document"], content["archive"].get("position")
    topic = content["archive"].get("topic")
    if not isinstance(document, dict) or not isinstance(position, str | None) or not isinstance(topic, str | None):
        cause = "an archived document that is not an object, or whose position or topic is not a text"
        return [Unreadable(cause, "archive")]
    inside = ("detail-type" in document and _eventbridge(document)) or [Document(document)]
    return [replace(part, origin=position, topic=topic) if isinstance(part, Document) else part for part in inside]


def _s3_test(content: dict[str, Any]) -> Inside | None:
    return [S3_TEST] if is_s3_test(content) else None


def is_s3_test(content: dict[str, Any]) -> bool:
    """Whether S3 says only that it may report: it sends this when a notification configuration is set."""
    return content.get("Event") == "s3:TestEvent"


def _firehose_records(content: dict[str, Any]) -> Inside | None:
    """Firehose, to a transformation."""
    return _each(content["records"], _firehose_record)


def _firehose_record(record: Any) -> Inside:
    return [Part(record.get("data") if isinstance(record, dict) else record, is_packed=True)]


def _firehose_error(content: dict[str, Any]) -> Inside | None:
    """Firehose's record, below the error prefix, of what it could not process or deliver.

    https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
    """
    return [Part(content["rawData"], timestamp.from_millis(content.get("arrivalTimestamp")), is_packed=True)]


def _request(request: dict[str, Any]) -> Inside | None:
    """An HTTPS request as a function URL or API Gateway passes it on."""
    if "requestContext" not in request and "httpMethod" not in request:
        return None
    return [Part(request["body"], is_packed=bool(request.get("isBase64Encoded")))]


def _log_subscription(content: dict[str, Any]) -> Inside | None:
    """CloudWatch Logs, by a subscription filter, to a function.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
    """
    packed = content["awslogs"]
    return [Part(packed.get("data"), is_packed=True)] if isinstance(packed, dict) else None


def _log_events(content: dict[str, Any]) -> Inside | None:
    """What a subscription filter sends: a log event each, or a test that the destination is there."""
    if content["messageType"] == "CONTROL_MESSAGE":
        return [NoFeedback("ignored", "logs_control_message", "CloudWatch Logs' test of a subscription")]
    return _each(content.get("logEvents"), _log_event) if content["messageType"] == "DATA_MESSAGE" else None


def _log_event(logged: Any) -> Inside:
    """One log event: JSON, perhaps after the words that a logger writes before it."""
    line = logged.get("message") if isinstance(logged, dict) else None
    if not isinstance(line, str) or not names_ses(line):
        return [NoFeedback("ignored", "log_line", "a log line that does not name SES")]
    time, inside = timestamp.from_millis(logged.get("timestamp")), list[Part | Opened]()
    try:
        inside.extend(Part(found, time) for found in objects_in(unescaped(line)) if names_ses(found))
    except Unreadable as unreadable:
        inside.append(unreadable)
    return inside or [Unreadable("a log line that names SES, without JSON that does", "logEvents")]


def _cloud_event(content: dict[str, Any]) -> Inside | None:
    """CloudEvents, in structured mode; a batch of them is a list. https://github.com/cloudevents/spec"""
    key = "data_base64" if "data_base64" in content else "data"
    if not names_ses(content.get(key)):
        return None
    return [Part(content[key], text_or_none(content.get("time")), is_packed=key == "data_base64")]


def _destination(content: dict[str, Any]) -> Inside | None:
    """What Lambda hands to a destination: the event that the function had, and how it ended, which is not searched.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    return [Part(content["requestPayload"], text_or_none(content.get("timestamp")))]


def _cloudtrail(content: dict[str, Any]) -> Inside | None:
    """A record of CloudTrail. Its calls have an `eventType`, and those of SES name SES; none of them is feedback."""
    if "eventName" not in content or not str(content.get("eventSource")).endswith(".amazonaws.com"):
        return None
    call = f"{content['eventSource']!s:.100} {content['eventName']!s:.100}"
    return [NoFeedback("ignored", "cloudtrail", f"an API call that CloudTrail saw, not feedback: {call}")]


def text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


ENVELOPES: tuple[tuple[str, Callable[[dict[str, Any]], Inside | None]], ...] = (
    ("Records", _records),
    ("Type", _sns),
    ("detail-type", _eventbridge),
    ("archive", _archived),
    ("Event", _s3_test),
    ("Messages", _messages),
    ("records", _firehose_records),
    ("body", _request),
    ("awslogs", _log_subscription),
    ("messageType", _log_events),
    ("rawData", _firehose_error),
    ("specversion", _cloud_event),
    ("requestPayload", _destination),
    ("eventVersion", _cloudtrail),
    ("eventSource", _bare_record),
    ("EventSource", _bare_record),
    ("Message", _sns_cut_down),
)
"""A key that the envelope has, and what opens it; the first that opens the object wins."""
