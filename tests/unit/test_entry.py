"""A function that is invoked with another trigger's event says what it expects, and which sample fits."""

import json
import re
from typing import Any

import pytest

from ses_feedback.entry import EXPECTED, Trigger, check_trigger, trigger_of
from ses_feedback.errors import WrongTrigger
from tests.samples import EVENTS, load

OTHER_FUNCTIONS = [
    ("RouteAlerts", "dynamodb_stream_alert.json", "a batch from a DynamoDB stream"),
    ("PublishAlerts", "sqs_alert.json", "a batch from an SQS queue"),
    ("PublishFeedback", "sns_bounce.json", "a message from an SNS topic"),
    ("PostWebhook", "dynamodb_stream_alert.json", "a batch from a DynamoDB stream"),
    ("ProcessFeedback", "dynamodb_stream_alert.json", "a batch from a DynamoDB stream"),
    ("ProcessFeedback", "cloudformation_create.json", "a request from CloudFormation"),
    ("WatchArchive", "sns_bounce.json", "a message from an SNS topic"),
    ("ReceiveFeedback", "sqs_bounce.json", "a batch from an SQS queue"),
    ("ConfigureIdentities", "scheduled_backup.json", "an event from EventBridge"),
    ("ConfigureAlarms", "https_notification.json", "an HTTPS request"),
    ("BackUp", "s3_object_created.json", "a notification from an S3 bucket"),
]


@pytest.mark.parametrize(("function", "sample", "words"), OTHER_FUNCTIONS)
def test_another_triggers_event_is_refused_with_a_sample_that_fits(function: str, sample: str, words: str) -> None:
    with pytest.raises(WrongTrigger, match=f"^{function} expects .* but this is {words}") as error:
        check_trigger(function, load(sample))
    named = re.findall(r"events/(\S+\.json)", str(error.value))
    assert named
    for name in named:
        check_trigger(function, load(name))


def test_the_error_names_the_functions_that_expect_the_event() -> None:
    with pytest.raises(WrongTrigger, match=r"which PublishAlerts and PublishFeedback expect$"):
        check_trigger("RouteAlerts", load("dynamodb_stream_alert.json"))


def test_every_sample_that_an_error_names_is_there() -> None:
    assert all((EVENTS / sample).is_file() for expected in EXPECTED.values() for sample in expected.samples)


@pytest.mark.parametrize("function", sorted(EXPECTED))
def test_a_batch_without_records_fits_every_function_that_takes_batches(function: str) -> None:
    check_trigger(function, {"Records": []})


@pytest.mark.parametrize("event", [None, "text", 1, [], {}, {"Records": [None]}, {"Records": [{}]}, {"Records": 1}])
def test_what_no_trigger_sends_is_of_another_kind(event: Any) -> None:
    assert trigger_of(event) is Trigger.OTHER


def test_the_records_of_a_queue_that_a_pipe_hands_over_are_from_the_queue() -> None:
    assert trigger_of(load("envelopes/pipe_records.json")) is Trigger.QUEUE
    assert trigger_of([load("envelopes/pipe_stream_record.json")]) is Trigger.OTHER


def test_what_s3_announces_is_from_s3_by_whatever_way() -> None:
    announced = [load("s3_test_event.json"), load("s3_object_created.json")]
    announced += [{"Records": [{"Sns": {"Message": json.dumps(event)}}]} for event in announced]
    announced += [{"detail-type": "Object Created", "source": "aws.s3", "detail": {}}]
    assert [trigger_of(event) for event in announced] == [Trigger.BUCKET] * 5
