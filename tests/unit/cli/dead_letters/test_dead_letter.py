"""What is read from a dead letter, in each of the shapes that AWS and the functions leave."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.attribute_values import plain
from ses_feedback_cli.dead_letters.dead_letter import DeadLetter, FromStream, ToQueue, dead_letter_from
from tests.samples import load

MESSAGES = Path(__file__).parent / "messages"
FEEDBACK = "arn:aws:sqs:eu-central-1:111122223333:FeedbackQueue"


def message(name: str) -> Any:
    return json.loads((MESSAGES / f"{name}.json").read_text(encoding="utf-8"))


def sample(name: str) -> DeadLetter:
    return dead_letter_from(message(name))


@pytest.mark.parametrize(
    ("name", "source", "cause", "destination"),
    [
        ("queue_gave_up", "queue FeedbackQueue", "received as often as the queue allows", "FeedbackQueue"),
        ("stream_gave_up", "function publish-alerts", "RecordAgeExceeded: 3 records", "AlertQueue, from"),
        ("rule_could_not_deliver", "rule feedback-rule", "NO_PERMISSIONS: Access to the", "FeedbackQueue"),
        ("topic_could_not_deliver", "topic FeedbackTopic", "SNS could not deliver it", "FeedbackQueue"),
        ("direct_call_failed", "Lambda", "200: Task timed out", "FeedbackQueue"),
        ("archive_document_broken", "watch_archive", "not JSON", "ArchiveQueue"),
    ],
)
def test_each_source_of_dead_letters_is_recognised(name: str, source: str, cause: str, destination: str) -> None:
    dead_letter = sample(name)
    assert dead_letter.source == source
    assert dead_letter.cause.startswith(cause)
    assert str(dead_letter.destination).startswith(destination)


def test_what_sqs_moved_goes_back_to_the_queue_it_came_from() -> None:
    assert sample("queue_gave_up").destination == ToQueue('{"eventType": "Bounce"}', arn=FEEDBACK)


def test_what_a_rule_could_not_deliver_goes_to_the_rules_target() -> None:
    assert sample("rule_could_not_deliver").destination == ToQueue(
        message("rule_could_not_deliver")["Body"], arn=FEEDBACK
    )


def test_records_of_a_stream_are_named_by_their_sequence_numbers() -> None:
    destination = sample("stream_gave_up").destination
    assert isinstance(destination, FromStream)
    assert (destination.first, destination.last) == ("800000000003126276362", "800000000003126276364")


@pytest.mark.parametrize(
    ("reader", "destination"),
    [("ses-feedback-PublishFeedback-a1b2", "FeedbackEventBus, from the ledger's stream"), ("own-reader", "None")],
)
def test_records_of_the_stream_go_where_their_reader_publishes(reader: str, destination: str) -> None:
    given_up = message("stream_gave_up")
    given_up["Body"] = given_up["Body"].replace("publish-alerts", reader)
    assert str(dead_letter_from(given_up).destination) == destination


def test_a_broken_document_is_read_from_its_object_again() -> None:
    destination = sample("archive_document_broken").destination
    assert isinstance(destination, ToQueue)
    assert json.loads(destination.body)["Records"][0]["s3"] == {
        "bucket": {"name": "archive"},
        "object": {"key": "events/2026/11/24/03/a%2Bb+c.gz"},
    }


def test_an_alert_that_sns_could_not_deliver_is_known_by_its_shape() -> None:
    row = plain(load("dynamodb_stream_alert.json")["Records"][0]["dynamodb"]["NewImage"])
    dead_letter = dead_letter_from({"MessageId": "x", "Body": json.dumps(row)})
    assert (dead_letter.source, str(dead_letter.destination)) == ("alerts topic", "AlertQueue")


def test_nothing_is_claimed_about_a_message_of_unknown_source() -> None:
    dead_letter = dead_letter_from({"MessageId": "x", "Body": "hello"})
    assert (dead_letter.source, dead_letter.cause, dead_letter.destination) == ("unknown", "", None)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.dictionaries(
            st.sampled_from(["DDBStreamBatchInfo", "requestContext", "TopicArn", "Message", "streamArn"]), inner
        ),
    )
)
def test_any_body_makes_a_dead_letter(content: Any) -> None:
    assert dead_letter_from({"MessageId": "x", "Body": json.dumps(content)}).id == "x"


def test_a_failed_backup_says_why_and_has_no_destination() -> None:
    dead_letter = sample("backup_failed")
    assert (dead_letter.source, dead_letter.destination) == ("function back-up", None)
    assert dead_letter.cause == "RetriesExhausted: the table ledger is too large"
