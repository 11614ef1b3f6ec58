"""Whatever carried it, the same document comes out; what is not feedback is named, what is broken costs itself."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback, Opened
from ses_feedback.events.transport import MOST_ENVELOPES, open_envelope, open_text
from ses_feedback.strict_json import decode
from tests.samples import changed, load, opened, without

BOUNCE = load("ses/event_bounce.json")
SNS = {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-central-1:111122223333:t", "Message": json.dumps(BOUNCE)}
EVENTBRIDGE = {"detail-type": "Email Bounced", "source": "aws.ses", "time": "2026-11-20T08:50:03Z", "detail": BOUNCE}


def in_base64(message: Any) -> str:
    return base64.b64encode(json.dumps(message).encode()).decode()


def sqs(message: Any) -> dict[str, Any]:
    return {"Records": [{"eventSource": "aws:sqs", "body": json.dumps(message)}]}


def only(message: Any) -> Opened:
    [found] = opened(message)
    return found


ENVELOPES = {
    "nothing": BOUNCE,
    "a list": [BOUNCE],
    "a list with a label": ["Email Bounced", BOUNCE],
    "a list of texts with a label": ["Email Bounced", json.dumps(BOUNCE)],
    "SNS to HTTPS": SNS,
    "SNS to Lambda": {"Records": [{"EventSource": "aws:sns", "Sns": SNS}]},
    "SNS to SQS": sqs(SNS),
    "SNS to SQS, raw": sqs(BOUNCE),
    "EventBridge": EVENTBRIDGE,
    "EventBridge, the detail a text": EVENTBRIDGE | {"detail": json.dumps(BOUNCE)},
    "EventBridge, the detail a list": EVENTBRIDGE | {"detail": [BOUNCE]},
    "EventBridge, the event within the detail": EVENTBRIDGE | {"detail": {"event": BOUNCE}},
    "EventBridge to SQS": sqs(EVENTBRIDGE),
    "EventBridge to SNS to SQS": sqs({**SNS, "Message": json.dumps(EVENTBRIDGE)}),
    "aws sqs receive-message": {"Messages": [{"MessageId": "m", "Body": json.dumps(SNS)}]},
    "Firehose transformation": {"records": [{"recordId": "1", "data": in_base64(BOUNCE)}]},
    "Kinesis": {"Records": [{"kinesis": {"data": in_base64(SNS)}}]},
    "function URL": {"requestContext": {}, "body": json.dumps(SNS)},
    "function URL, Base64": {"requestContext": {}, "isBase64Encoded": True, "body": in_base64(SNS)},
    "API Gateway": {"httpMethod": "POST", "body": json.dumps(SNS)},
    "the archive watcher": {"archive": {"position": "s3://b/k@0"}, "document": BOUNCE},
    "an envelope that is not a string": {**SNS, "Message": BOUNCE},
}


@pytest.mark.parametrize("message", ENVELOPES.values(), ids=ENVELOPES)
def test_every_envelope_opens_to_the_same_document(message: Any) -> None:
    found = only(message)
    assert isinstance(found, Document)
    assert found.content == BOUNCE


def test_the_envelopes_time_is_kept_beside_the_document() -> None:
    found = only(changed(load("sns_bounce.json"), "Records.0.Sns.Timestamp", "2026-11-20T08:12:09Z"))
    assert isinstance(found, Document)
    assert found.arrived_at == "2026-11-20T08:12:09Z"


@pytest.mark.parametrize("name", ["SNS to HTTPS", "SNS to Lambda", "SNS to SQS", "EventBridge to SNS to SQS"])
def test_the_topic_that_brought_a_document_is_kept(name: str) -> None:
    found = only(ENVELOPES[name])
    assert isinstance(found, Document)
    assert found.topic == SNS["TopicArn"]


def test_a_document_without_a_topic_has_none() -> None:
    found = only(EVENTBRIDGE)
    assert isinstance(found, Document)
    assert found.topic is None


def test_a_time_that_is_not_a_text_is_ignored() -> None:
    for message in (changed(SNS, "Message", BOUNCE) | {"Timestamp": 5}, EVENTBRIDGE | {"time": ["x"]}):
        found = only(message)
        assert isinstance(found, Document)
        assert found.arrived_at is None


def test_an_archived_document_says_where_it_was_read() -> None:
    found = only({"archive": {"position": "s3://bucket/key@42"}, "document": BOUNCE})
    assert isinstance(found, Document)
    assert found.origin == "s3://bucket/key@42"


@pytest.mark.parametrize(
    "message",
    [
        {"archive": {}, "document": 5},
        {"archive": {"position": 7}, "document": BOUNCE},
        {"archive": {"topic": 7}, "document": BOUNCE},
    ],
)
def test_an_archived_document_of_a_wrong_shape_is_unreadable(message: Any) -> None:
    assert isinstance(only(message), Unreadable)


def test_eventbridge_detail_without_its_type_is_known_by_the_detail_type() -> None:
    found = only(EVENTBRIDGE | {"detail": without(BOUNCE, "eventType")})
    assert isinstance(found, Document)
    assert found.detail_type == "Email Bounced"


def test_a_custom_bus_may_carry_ses_events_under_another_source() -> None:
    assert isinstance(only(EVENTBRIDGE | {"source": "my.app"}), Document)


def test_one_event_may_hold_many_records() -> None:
    kinds = [type(found) for found in opened(load("sqs_batch_with_malformed.json"))]
    assert kinds == [Document, Unreadable, Document, Document, Document]


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("sns_subscription_confirmation.json", "confirmation", "confirmation"),
        ("sqs_subscription_confirmation.json", "confirmation", "confirmation"),
        ("sqs_unsubscribe_confirmation.json", "confirmation", "confirmation"),
        ("sns_validation_text.json", "ignored", "validation_text"),
        ("sqs_validation_text_raw_delivery.json", "ignored", "validation_text"),
        ("s3_test_event.json", "ignored", "s3_test_event"),
        ("sqs_s3_test_event.json", "ignored", "s3_test_event"),
        ("s3_object_created.json", "ignored", "s3_event"),
        ("sqs_s3_object_created.json", "ignored", "s3_event"),
    ],
)
def test_what_carries_no_feedback_is_dropped_on_purpose(name: str, kind: str, reason: str) -> None:
    found = only(load(name))
    assert isinstance(found, NoFeedback)
    assert (found.kind, found.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"Records": []}, "no_records"),
        ({"Messages": []}, "no_records"),
        ({"records": []}, "no_records"),
        ([], "no_records"),
        ({"messageType": "DATA_MESSAGE", "logEvents": []}, "no_records"),
        ({"AlarmName": "queue not empty", "NewStateValue": "ALARM"}, "other_service"),
        ({"detail-type": "EC2 State-change Notification", "source": "aws.ec2", "detail": {}}, "other_service"),
        ({"detail-type": "AWS API Call via CloudTrail", "source": "aws.ses", "detail": {"a": 1}}, "cloudtrail"),
        ({"Records": [{"eventSource": "aws:codecommit"}]}, "other_service"),
        ({"Records": [{"eventSource": "aws:ses", "ses": {"mail": {}}}]}, "inbound_mail"),
        (" Successfully validated SNS topic for Amazon SES event publishing.", "validation_text"),
    ],
)  # fmt: skip
def test_messages_from_other_systems_are_dropped_on_purpose(message: Any, reason: str) -> None:
    found = only(message)
    assert isinstance(found, NoFeedback)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("", "not JSON"),
        ("hello", "not JSON"),
        ('{"eventType": "Bounce"', "not JSON"),
        ('{"eventType": NaN}', "NaN is not a JSON number"),
        ('{"eventType": -Infinity}', "-Infinity is not a JSON number"),
        ("[" * 100_000, "JSON nested too deeply"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "JSON nested too deeply"),
        ('{"n": ' + "9" * 5000 + "}", "not JSON"),
        ("5", "a int, where an object was expected"),
        ('"text"', "a str, where an object was expected"),
        ("null", "a NoneType, where an object was expected"),
        ("{}", "neither an SES event nor a known envelope"),
        ('{"Records": [5]}', "a record that is not an object"),
        ('{"Type": "Notification", "TopicArn": "t"}', "an SNS message without its text"),
        ('{"source": "aws.ses", "detail-type": "Email Sent", "detail": 5}', "nothing names SES"),
        ('{"source": "aws.ses", "detail-type": "Email Bounced", "detail": {"a": 1}}', "nothing names SES"),
        (EVENTBRIDGE | {"detail": {}}, "nothing names SES"),
        (EVENTBRIDGE | {"detail": {"bouncedRecipients": []}}, "neither an SES event nor a known envelope"),
        ('{"requestContext": {}, "body": null}', "a NoneType, where an object was expected"),
        ('{"records": [{"data": "é"}]}', "not Base64"),
        ('{"records": [{"data": "/w=="}]}', "not Base64"),
        ('{"records": [{}, 5]}', "not Base64"),
    ],
)
def test_what_cannot_be_read_says_why(message: Any, cause: str) -> None:
    found = opened(message)
    assert found
    assert all(isinstance(one, Unreadable) and cause in one.cause for one in found)


@pytest.mark.parametrize(
    "wrap", [lambda m: [m], lambda m: {**SNS, "Message": m}, lambda m: {**SNS, "Message": json.dumps(m)}]
)
def test_ten_envelopes_are_opened_and_an_eleventh_is_not(wrap: Any) -> None:
    message = BOUNCE
    for _ in range(MOST_ENVELOPES):
        message = wrap(message)
    assert isinstance(only(message), Document)
    assert isinstance(only(wrap(message)), Unreadable)


def test_lone_surrogates_become_replacement_characters_wherever_they_hide() -> None:
    text = json.dumps({"eventType": "Bounce", "a": "\ud800x", "\udfff": ["\ud83d\ude00", "\udc00"]})
    assert decode(text) == {"eventType": "Bounce", "a": "\ufffdx", "\ufffd": ["\U0001f600", "\ufffd"]}


def test_raw_surrogates_are_replaced_as_escaped_ones_are() -> None:
    assert decode('["\ud800", "é"]') == ["\ufffd", "é"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Records", "records", "Messages", "Sns", "Message", "Type", "TopicArn", "body", "Body", "s3", "ses"]
                + ["detail", "detail-type", "source", "requestContext", "isBase64Encoded", "data", "kinesis"]
                + [
                    "awslogs",
                    "messageType",
                    "logEvents",
                    "message",
                    "rawData",
                    "specversion",
                    "data_base64",
                    "eventSource",
                ]
                + [
                    "requestPayload",
                    "eventVersion",
                    "eventName",
                    "notificationType",
                    "bouncedRecipients",
                    "messageId",
                ]
                + ["archive", "position", "document", "mail", "bounce", "eventType", "Event", "Timestamp", "time"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(json_values)
def test_no_message_raises_while_it_is_opened(message: Any) -> None:
    for found in (*open_envelope(message), *open_text(json.dumps(message))):
        assert isinstance(found, Document | NoFeedback | Unreadable)


@given(st.text(max_size=50))
def test_no_text_raises_while_it_is_opened(text: str) -> None:
    assert all(isinstance(found, Document | NoFeedback | Unreadable) for found in open_text(text))
