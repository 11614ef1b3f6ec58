"""SES events inside what other services wrap around them."""

import base64
import gzip
import json
from typing import Any

import pytest

from ses_feedback.errors import Unreadable
from ses_feedback.events.transport import Document, NoFeedback, open_text
from tests.samples import load

BOUNCE = load("ses/event_bounce.json")
TEXT = json.dumps(BOUNCE)
SQS = {"messageId": "1", "body": TEXT, "eventSource": "aws:sqs"}
EVENT = {"source": "aws.ses", "detail-type": "Email Bounced", "detail": BOUNCE, "time": "2026-10-12T08:15:03Z"}
LOGS = {"messageType": "DATA_MESSAGE", "logGroup": "g", "logEvents": [{"id": "1", "message": json.dumps(EVENT)}]}


def packed(content: Any) -> str:
    return base64.b64encode(gzip.compress(json.dumps(content).encode())).decode()


@pytest.mark.parametrize(
    "payload",
    [
        SQS,
        [SQS],
        {"source": "Pipe ses", "detail-type": "Event from aws:sqs", "detail": SQS},
        {"source": "Pipe ses", "detail-type": "Event from aws:sqs", "detail": [SQS]},
        {"when": "now", "ses": BOUNCE},
        {"when": "now", "event": TEXT},
        {"specversion": "1.0", "type": "ses", "source": "/ses", "id": "1", "data": BOUNCE},
        {"specversion": "1.0", "type": "ses", "source": "/ses", "id": "1", "data_base64": packed(BOUNCE)},
        {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": {"Records": [SQS]}},
        {"awslogs": {"data": packed(LOGS)}},
        {"log": f"{TEXT}\n", "stream": "stdout"},
        {"message": f"2026-10-12 INFO {TEXT}"},
        {"attemptsMade": 4, "errorCode": "x", "rawData": base64.b64encode(TEXT.encode()).decode()},
        {"kinesisSchemaVersion": "1.0", "data": packed(BOUNCE), "eventSource": "aws:kinesis"},
    ],
)
def test_the_event_is_found_in_every_envelope(payload: Any) -> None:
    [opened] = open_text(json.dumps(payload))
    assert isinstance(opened, Document)
    assert opened.content == BOUNCE


def test_a_test_of_a_log_subscription_is_dropped_on_purpose() -> None:
    control = {"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "CWL CONTROL MESSAGE"}]}
    [opened] = open_text(json.dumps({"awslogs": {"data": packed(control)}}))
    assert isinstance(opened, NoFeedback)
    assert opened.reason == "logs_control_message"


@pytest.mark.parametrize(
    "payload",
    [
        {"source": "somewhere", "bouncedRecipients": "jane@example.org"},
        {"source": "mine", "detail-type": "x", "detail": {"bouncedRecipients": ["jane@example.org"]}},
    ],
)
def test_what_names_ses_and_is_not_understood_is_never_ignored(payload: Any) -> None:
    [opened] = open_text(json.dumps(payload))
    assert isinstance(opened, Unreadable)


def test_several_members_of_gzip_are_read_as_one() -> None:
    half, rest = TEXT[:50].encode(), TEXT[50:].encode()
    data = base64.b64encode(gzip.compress(half) + gzip.compress(rest)).decode()
    [opened] = open_text(json.dumps({"awslogs": {"data": data}}))
    assert isinstance(opened, Document)


def test_a_message_cut_down_to_its_text_keeps_its_time() -> None:
    [opened] = open_text(json.dumps({"Message": BOUNCE, "Timestamp": "2026-10-12T08:15:03Z"}))
    assert isinstance(opened, Document)
    assert opened.arrived_at == "2026-10-12T08:15:03Z"


def test_a_bomb_of_gzip_is_unreadable() -> None:
    bomb = base64.b64encode(gzip.compress(b" " * 20 * 1024 * 1024)).decode()
    [opened] = open_text(json.dumps({"awslogs": {"data": bomb}}))
    assert isinstance(opened, Unreadable)
