"""Events as other projects and people write them, minimal, misspelt or half wrapped: each gets a sensible answer."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ses_feedback_cli.main import app

WHO = "jane@example.net"
MAIL = {"timestamp": "2026-03-01T10:00:00.000Z", "messageId": "m-1", "source": "orders@example.com"}
TO_JANE = {**MAIL, "destination": [WHO]}
PERMANENT: dict[str, Any] = {"bounceType": "Permanent", "bounceSubType": "General"}
JANE: list[Any] = [{"emailAddress": WHO}]
BOUNCE: dict[str, Any] = {
    "notificationType": "Bounce",
    "mail": MAIL,
    "bounce": {**PERMANENT, "bouncedRecipients": JANE},
}
COMPLAINT: dict[str, Any] = {
    "notificationType": "Complaint",
    "mail": MAIL,
    "complaint": {"complainedRecipients": JANE},
}
SNS = {
    "Type": "Notification",
    "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t",
    "Timestamp": "2026-03-01T10:00:01Z",
}
TEXT = json.dumps(BOUNCE)


def without(event: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in names}


def bounce(**changes: Any) -> dict[str, Any]:
    return {**BOUNCE, "bounce": {**BOUNCE["bounce"], **changes}}


def recipient(**fields: Any) -> dict[str, Any]:
    return bounce(bouncedRecipients=[{"emailAddress": WHO, **fields}])


def complaint(**changes: Any) -> dict[str, Any]:
    return {**COMPLAINT, "complaint": {**COMPLAINT["complaint"], **changes}}


SUPPRESSED, COUNTED = ("bounce", WHO, "suppressed"), ("bounce", WHO, "counted")
COMPLAINED = ("complaint", WHO, "suppressed")

ODD: dict[str, tuple[Any, tuple[str, str | None, str]]] = {
    # Envelopes
    "bare": (BOUNCE, SUPPRESSED),
    "a list of one": ([BOUNCE], SUPPRESSED),
    "JSON in a JSON string": (TEXT, SUPPRESSED),
    "SNS without time": ({"Type": "Notification", "Message": TEXT}, SUPPRESSED),
    "SNS without type": ({"Message": TEXT}, SUPPRESSED),
    "SNS whose message is an object": ({**SNS, "Message": BOUNCE}, SUPPRESSED),
    "SNS whose message ends with a newline": ({**SNS, "Message": TEXT + "\n"}, SUPPRESSED),
    "SNS with raw line breaks in its message": ({**SNS, "Message": json.dumps(BOUNCE, indent=2)}, SUPPRESSED),
    "SNS in SNS": ({**SNS, "Message": json.dumps({**SNS, "Message": TEXT})}, SUPPRESSED),
    "Lambda, only the message": ({"Records": [{"Sns": {"Message": TEXT}}]}, SUPPRESSED),
    "SQS, only the body": ({"Records": [{"body": TEXT}]}, SUPPRESSED),
    "SQS body as an object": ({"Records": [{"body": {**SNS, "Message": TEXT}}]}, SUPPRESSED),
    "aws sqs receive-message": ({"Messages": [{"Body": json.dumps({**SNS, "Message": TEXT})}]}, SUPPRESSED),
    "Firehose transformation": ({"records": [{"data": base64.b64encode(TEXT.encode()).decode()}]}, SUPPRESSED),
    "API Gateway": ({"httpMethod": "POST", "body": json.dumps({**SNS, "Message": TEXT})}, SUPPRESSED),
    "function URL, Base64": (
        {"requestContext": {}, "isBase64Encoded": True, "body": base64.b64encode(TEXT.encode()).decode()},
        SUPPRESSED,
    ),
    "EventBridge without eventType": (
        {"source": "aws.ses", "detail-type": "Email Bounced", "detail": without(BOUNCE, "notificationType")},
        SUPPRESSED,
    ),
    "EventBridge without source": ({"detail-type": "Email Bounced", "detail": BOUNCE}, SUPPRESSED),
    # Types and times
    "neither type, but its object": (without(BOUNCE, "notificationType"), SUPPRESSED),
    "lower-case type": ({**BOUNCE, "notificationType": "bounce"}, SUPPRESSED),
    "both types": ({**BOUNCE, "eventType": "Bounce"}, SUPPRESSED),
    "no mail": (without(BOUNCE, "mail"), SUPPRESSED),
    "no time at all": ({**BOUNCE, "mail": {"messageId": "m-1"}}, SUPPRESSED),
    "a time that is none": ({**BOUNCE, "mail": {**MAIL, "timestamp": "yesterday"}}, SUPPRESSED),
    "a time with a zone apart": ({**BOUNCE, "mail": {**MAIL, "timestamp": "2018-10-08T14:05:45 +0000"}}, SUPPRESSED),
    "a time with an offset": (bounce(timestamp="2026-03-01T12:00:00.123456+03:00"), SUPPRESSED),
    "a time in Python's own form": (bounce(timestamp="2026-03-01 12:00:00.123456"), SUPPRESSED),
    # Bounces
    "lower-case bounce type": (bounce(bounceType="permanent"), SUPPRESSED),
    "bounce type in capitals": (bounce(bounceType="PERMANENT", bounceSubType="GENERAL"), SUPPRESSED),
    "recipients as texts": (bounce(bouncedRecipients=[WHO]), SUPPRESSED),
    "a recipient with a name": (bounce(bouncedRecipients=[{"emailAddress": f"Jane <{WHO}>"}]), SUPPRESSED),
    "a recipient in capitals": (bounce(bouncedRecipients=[{"emailAddress": WHO.upper()}]), SUPPRESSED),
    "one recipient twice": (bounce(bouncedRecipients=JANE * 2), SUPPRESSED),
    "no recipients, one destination": ({**bounce(bouncedRecipients=[]), "mail": TO_JANE}, SUPPRESSED),
    "status as a number": (recipient(status=5.1), SUPPRESSED),
    "an empty diagnostic": (recipient(status="5.1.1", diagnosticCode=""), SUPPRESSED),
    "diagnostic as an object": (recipient(diagnosticCode={"code": 550}), SUPPRESSED),
    "temporary": (bounce(bounceType="Transient", bounceSubType="MailboxFull"), COUNTED),
    "a full mailbox called permanent": (recipient(status="5.2.2", diagnosticCode="552 mailbox full"), COUNTED),
    "blocked for content": (
        recipient(diagnosticCode="554 5.7.1 Message rejected as spam by Content Filtering"),
        ("bounce", WHO, "none"),
    ),
    "suppressed by SES": (bounce(bounceSubType="Suppressed"), SUPPRESSED),
    "a simulator address": (
        bounce(bouncedRecipients=[{"emailAddress": "bounce@simulator.amazonses.com"}]),
        ("bounce", "bounce@simulator.amazonses.com", "none"),
    ),
    # Complaints
    "a complaint without a type": (COMPLAINT, COMPLAINED),
    "a complaint of a type unheard of": (complaint(complaintFeedbackType="grumpy"), COMPLAINED),
    "a complaint taken back": (complaint(complaintFeedbackType="not-spam"), ("complaint", WHO, "none")),
    "a report about the sender's set-up": (
        complaint(complaintFeedbackType="auth-failure"),
        ("complaint", WHO, "none"),
    ),
    # The rest
    "a delivery to one text": (
        {"notificationType": "Delivery", "mail": MAIL, "delivery": {"recipients": WHO}},
        ("delivery", WHO, "none"),
    ),
    "a click": (
        {"eventType": "Click", "mail": MAIL, "click": {"link": "https://a.example"}},
        ("click", None, "none"),
    ),
    "an open with nothing in it": ({"eventType": "Open", "mail": MAIL, "open": {}}, ("open", None, "none")),
    "tags as texts": (
        {"eventType": "Send", "mail": {**TO_JANE, "tags": {"campaign": "spring"}}, "send": {}},
        ("send", WHO, "none"),
    ),
    "a rendering failure in one word": (
        {"eventType": "RenderingFailure", "mail": TO_JANE, "failure": {"errorMessage": "no name"}},
        ("rendering_failure", WHO, "none"),
    ),
    "a type of the future": ({"eventType": "Teleport", "mail": TO_JANE}, ("unknown", WHO, "none")),
}

NO_FEEDBACK: dict[str, tuple[Any, str]] = {
    "SNS asks to confirm": ({"Type": "SubscriptionConfirmation", "TopicArn": "t", "Token": "x"}, "confirmation"),
    "SES says that a topic works": (
        {**SNS, "Message": '{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"You have …"}\n'},
        "ignored",
    ),
    "SES validates a topic": (
        {**SNS, "Message": "Successfully validated SNS topic for Amazon SES event publishing."},
        "ignored",
    ),
    "inbound mail": ({**SNS, "Message": json.dumps({"notificationType": "Received", "mail": MAIL})}, "ignored"),
    "inbound mail, to Lambda": ({"Records": [{"eventSource": "aws:ses", "ses": {"mail": MAIL}}]}, "ignored"),
    "an S3 event": ({"Records": [{"eventSource": "aws:s3", "s3": {}}]}, "ignored"),
    "an alarm": ({**SNS, "Message": json.dumps({"AlarmName": "a", "NewStateValue": "ALARM"})}, "ignored"),
    "another service's event": ({"source": "aws.ec2", "detail-type": "x", "detail": {}}, "ignored"),
    "no records": ({"Records": []}, "ignored"),
}

UNREADABLE: dict[str, Any] = {
    "nothing known": {"hello": "world"},
    "a number": 42,
    "an empty list": [],
    "several destinations and no recipient": {
        **bounce(bouncedRecipients=[]),
        "mail": {**MAIL, "destination": [WHO, "b@example.net"]},
    },
    "a bounce without its object": {"notificationType": "Bounce", "mail": MAIL},
    "a recipient without address": bounce(bouncedRecipients=[{"status": "5.1.1"}]),
    "sent before SES existed": {**BOUNCE, "mail": {**MAIL, "timestamp": "1999-01-01T00:00:00Z"}},
    "sent in the year 2132": {**BOUNCE, "mail": {**MAIL, "timestamp": "2132-01-01T00:00:00Z"}},
    "a message that is text": {**SNS, "Message": "Hello"},
}


def explain(payload: Any, folder: Path) -> tuple[int, list[dict[str, Any]], str]:
    file = folder / "payload.json"
    file.write_text(json.dumps(payload))
    result = CliRunner().invoke(app, ["explain", "--json", str(file)])
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


@pytest.mark.parametrize("name", ODD)
def test_an_odd_payload_gets_a_sensible_answer(name: str, tmp_path: Path) -> None:
    payload, expected = ODD[name]
    status, rows, errors = explain(payload, tmp_path)
    assert (status, errors) == (0, "")
    assert [(row["kind"], row["recipient"], row["effect"]) for row in rows] == [expected]


@pytest.mark.parametrize("name", NO_FEEDBACK)
def test_what_carries_no_feedback_says_why(name: str, tmp_path: Path) -> None:
    payload, kind = NO_FEEDBACK[name]
    status, [row], errors = explain(payload, tmp_path)
    assert (status, errors, list(row), row["kind"]) == (0, "", ["kind", "why"], kind)
    assert row["why"]


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_one_line_of_error(name: str, tmp_path: Path) -> None:
    status, rows, errors = explain(UNREADABLE[name], tmp_path)
    assert (status, rows, errors.count("\n")) == (2, [], 1)


def test_a_payload_without_any_time_has_none(tmp_path: Path) -> None:
    _, [row], _ = explain(ODD["no time at all"][0], tmp_path)
    assert (row["occurred_at"], row["sent_at"]) == (None, None)


def test_tags_are_lists(tmp_path: Path) -> None:
    _, [row], _ = explain(ODD["tags as texts"][0], tmp_path)
    assert row["tags"] == {"campaign": ["spring"]}
