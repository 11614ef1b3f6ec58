"""The way into every function: an event of another function's trigger is refused, and under `sam local invoke`
without a stack the function only says what it would do (`local`).

Like `custom_resource`, it imports the standard library alone before an event is there.
"""

import re
from collections.abc import Callable, Mapping, Set
from enum import StrEnum
from functools import wraps
from typing import Any, NamedTuple

from ses_feedback.environment import is_dry, read_environment
from ses_feedback.errors import WrongTrigger

type Handler = Callable[[dict[str, Any], Any], Any]
type Decorator = Callable[[Handler], Handler]


class Trigger(StrEnum):
    """What invokes a function, in the words of an error."""

    QUEUE = "a batch from an SQS queue"
    TOPIC = "a message from an SNS topic"
    STREAM = "a batch from a DynamoDB stream"
    BUCKET = "a notification from an S3 bucket"
    RULE = "an event from EventBridge"
    REQUEST = "an HTTPS request"
    STACK = "a request from CloudFormation"
    OTHER = "an event of another kind"


class Expected(NamedTuple):
    """What may invoke a function, in words and by kind; and the samples in events/ that show it."""

    words: str
    kinds: Set[Trigger]
    samples: tuple[str, ...]


EXPECTED: Mapping[str, Expected] = {
    "AnswerRequests": Expected(
        "a request to the HTTP API", {Trigger.REQUEST}, ("api_check.json", "api_reinstate.json")
    ),
    "BackUp": Expected("its schedule's event", {Trigger.RULE, Trigger.OTHER}, ("scheduled_backup.json",)),
    "ConfigureAlarms": Expected("CloudFormation's request", {Trigger.STACK}, ("cloudformation_create.json",)),
    "ConfigureIdentities": Expected("CloudFormation's request", {Trigger.STACK}, ("cloudformation_create.json",)),
    "PostWebhook": Expected("events for the webhook from its SQS queue", {Trigger.QUEUE}, ("sqs_webhook.json",)),
    "ProcessFeedback": Expected(
        "what SES reports, from its SQS queue, an SNS topic or EventBridge",
        set(Trigger) - {Trigger.STREAM, Trigger.STACK},  # an S3 notification is dropped on purpose
        ("sqs_bounce.json", "sns_bounce.json", "eventbridge_bounce.json"),
    ),
    "PublishAlerts": Expected("rows of the ledger's stream", {Trigger.STREAM}, ("dynamodb_stream_alert.json",)),
    "PublishFeedback": Expected("rows of the ledger's stream", {Trigger.STREAM}, ("dynamodb_stream_alert.json",)),
    "ReceiveFeedback": Expected("what SNS posts over HTTPS", {Trigger.REQUEST}, ("https_notification.json",)),
    "RouteAlerts": Expected("alerts from their SQS queue", {Trigger.QUEUE}, ("sqs_alert.json",)),
    "WatchArchive": Expected(
        "notifications of S3, from its SQS queue or directly",
        {Trigger.QUEUE, Trigger.BUCKET},
        ("sqs_s3_object_created.json", "s3_object_created.json"),
    ),
}

_OF_S3 = re.compile(r'"s3:TestEvent"|"aws[:.]s3"')

_BY_RECORD = {"body": Trigger.QUEUE, "Sns": Trigger.TOPIC, "dynamodb": Trigger.STREAM, "s3": Trigger.BUCKET}


def enter[T: NamedTuple](function: str, declared: type[T]) -> tuple[T, Decorator]:
    """The function's environment, which is read at once, and its `entry`. Raises `InvalidSettings`."""
    return read_environment(declared, function), entry(function, declared)


def entry(function: str, declared: type[NamedTuple]) -> Decorator:
    """Decorates a handler. `function`: its name in template.yaml; `declared`: its environment. What it decorates
    raises `WrongTrigger`, before anything else is done.
    """

    def around(handler: Handler) -> Handler:
        @wraps(handler)
        def entered(event: dict[str, Any], context: Any) -> Any:
            check_trigger(function, event)
            if is_dry(declared):
                from ses_feedback.local.dry_run import dry_run

                return dry_run(function, event, read_environment(declared, function))
            return handler(event, context)

        return entered

    return around


def check_trigger(function: str, event: Any) -> None:
    """Raises `WrongTrigger`, which names what the function expects, a sample of it, and who expects this event."""
    trigger, expected = trigger_of(event), EXPECTED[function]
    if trigger is None or trigger in expected.kinds:
        return
    samples = " or ".join(f"events/{sample}" for sample in expected.samples)
    others = " and ".join(name for name, other in EXPECTED.items() if other.kinds == {trigger})
    hint = f", which {others} expect" if others else ""
    raise WrongTrigger(f"{function} expects {expected.words} (try {samples}), but this is {trigger}{hint}")


def trigger_of(event: Any) -> Trigger | None:
    """What an event comes from, by its shape; None for an empty batch, which may come from any."""
    if isinstance(event, list) and event:  # a pipe hands over a queue's records without `Records`
        return Trigger.QUEUE if _trigger_of_record(event[0]) is Trigger.QUEUE else Trigger.OTHER
    if not isinstance(event, dict):
        return Trigger.OTHER
    if isinstance(records := event.get("Records"), list):
        return _trigger_of_record(records[0]) if records else None
    if "RequestType" in event and "StackId" in event:
        return Trigger.STACK
    if "requestContext" in event:
        return Trigger.REQUEST
    if event.get("Event") == "s3:TestEvent" or event.get("source") == "aws.s3":
        return Trigger.BUCKET
    return Trigger.RULE if "detail-type" in event else Trigger.OTHER


def _trigger_of_record(record: Any) -> Trigger:
    """What S3 announces by a topic is from S3."""
    if not isinstance(record, dict):
        return Trigger.OTHER
    if isinstance(sns := record.get("Sns"), dict) and _OF_S3.search(str(sns.get("Message"))):
        return Trigger.BUCKET
    return next((kind for name, kind in _BY_RECORD.items() if name in record), Trigger.OTHER)
