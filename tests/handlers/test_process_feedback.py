"""process_feedback, as its triggers call it."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from ses_feedback.events.transport import open_text
from tests.conftest import TABLE
from tests.handlers.conftest import Context, Load
from tests.samples import EVENTS, changed, load
from tests.stores import Crash, crash_at, items_in, messages_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


def rows(dynamodb: "DynamoDBClient") -> list[dict[str, Any]]:
    return list(items_in(dynamodb, TABLE, "E#").values())


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("sns_bounce.json", {"bounce": 1, "recorded": 1}),
        ("sns_bounce_event_publishing.json", {"bounce": 1, "recorded": 1}),
        ("sns_complaint.json", {"complaint": 1, "recorded": 1}),
        ("sns_delivery.json", {"delivery": 1, "recorded": 1}),
        ("eventbridge_bounce.json", {"bounce": 1, "recorded": 1}),
        ("sns_subscription_confirmation.json", {"dropped": 1}),
        ("sns_validation_text.json", {"dropped": 1}),
        ("eventbridge_sending_disabled.json", {"account": 1, "recorded": 1}),
        ("s3_object_created.json", {"dropped": 1}),
    ],
)
def test_a_plain_event_is_answered_with_its_counts(
    name: str, answer: dict[str, int], function: Load, context: Context
) -> None:
    assert function("process_feedback").handler(load(name), context) == answer


def test_a_repeated_plain_event_is_a_copy(function: Load, context: Context, dynamodb: "DynamoDBClient") -> None:
    handler = function("process_feedback").handler
    handler(load("sns_bounce.json"), context)
    assert handler(load("sns_bounce.json"), context) == {"copies": 1}
    assert len(rows(dynamodb)) == 1


def test_a_row_names_the_team_that_must_know(function: Load, context: Context, dynamodb: "DynamoDBClient") -> None:
    function("process_feedback").handler(load("sns_bounce.json"), context)
    [row] = rows(dynamodb)
    assert (row["environment"], row["team"], row["alert"]) == ("dev", "developers", "digest")
    assert (row["reason"], row["effect"], row["scope"]) == ("user_unknown", "suppressed", "environment:dev")


@pytest.mark.parametrize(
    "name",
    [
        "sqs_bounce.json", "sqs_bounce_raw_delivery.json", "sqs_eventbridge_bounce.json",
        "sqs_complaint_event_publishing.json", "sqs_batch_with_malformed.json", "sqs_s3_test_event.json",
        "sqs_subscription_confirmation.json", "sqs_eventbridge_sending_disabled.json",
    ],
)  # fmt: skip
def test_no_part_of_a_processed_batch_is_retried(name: str, function: Load, context: Context) -> None:
    assert function("process_feedback").handler(load(name), context) == {"batchItemFailures": []}


@pytest.mark.parametrize("name", sorted(path.name for path in (EVENTS / "envelopes").glob("*.json")))
def test_the_event_in_every_envelope_is_recorded_once(
    name: str, function: Load, context: Context, dynamodb: "DynamoDBClient", sqs: "SQSClient", dead_letters_queue: str
) -> None:
    function("process_feedback").handler(load(f"envelopes/{name}"), context)
    recipients = [row["recipient"] for row in rows(dynamodb)]
    assert recipients == (
        [] if name in ("cloudtrail_call.json", "log_subscription_control.json") else ["mina@example.org"]
    )
    assert messages_in(sqs, dead_letters_queue) == []


def test_the_records_of_a_pipe_are_answered_one_by_one(
    function: Load, context: Context, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, records = function("process_feedback"), load("envelopes/pipe_records.json")
    records[1] = changed(records[1], "body", json.dumps(load("ses/event_complaint.json")))
    assert loaded.handler(records, context) == {"batchItemFailures": []}
    monkeypatch.setattr("ses_feedback.intake.open_text", lambda text: open_text(text) if "Comp" in text else 1 / 0)
    assert loaded.handler(records, context) == {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}
    assert sorted(row["kind"] for row in rows(dynamodb)) == ["bounce", "complaint"]


def test_a_malformed_record_costs_only_itself(
    function: Load, context: Context, dynamodb: "DynamoDBClient", sqs: "SQSClient", dead_letters_queue: str
) -> None:
    event = load("sqs_batch_with_malformed.json")
    function("process_feedback").handler(event, context)
    assert sorted(row["kind"] for row in rows(dynamodb)) == ["bounce", "bounce", "complaint"]
    [letter] = messages_in(sqs, dead_letters_queue)
    assert letter["Body"] == event["Records"][1]["body"]
    found = {name: value.get("StringValue") for name, value in letter["MessageAttributes"].items()}
    assert (found["Function"], found["Origin"]) == ("process_feedback", event["Records"][1]["messageId"])
    assert str(found["Cause"]).startswith("not JSON")


def test_only_the_record_that_may_succeed_later_is_retried(
    function: Load, context: Context, dynamodb: "DynamoDBClient"
) -> None:
    module = function("process_feedback")
    event = load("sqs_batch_with_malformed.json")
    with crash_at(module.intake._ledger._client, 1, "before-call"):
        [failure] = module.handler(event, context)["batchItemFailures"]
    [failed] = [record for record in event["Records"] if record["messageId"] == failure["itemIdentifier"]]
    assert module.handler({"Records": [failed]}, context) == {"batchItemFailures": []}
    assert len(rows(dynamodb)) == 3


def test_a_batch_that_fails_whole_is_answered_whole(function: Load, context: Context) -> None:
    module = function("process_feedback")
    event = load("sqs_bounce.json")
    with crash_at(module.intake._ledger._client, 1, "before-call"):
        answer = module.handler(event, context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}


def test_a_plain_event_that_fails_raises(function: Load, context: Context) -> None:
    module = function("process_feedback")
    with crash_at(module.intake._ledger._client, 1, "before-call"), pytest.raises(Crash):
        module.handler(load("sns_bounce.json"), context)


def test_a_failure_sends_nothing_to_the_dead_letters(
    function: Load, context: Context, sqs: "SQSClient", dead_letters_queue: str
) -> None:
    module = function("process_feedback")
    body = json.dumps([load("ses/event_bounce.json"), 5])
    with crash_at(module.intake._ledger._client, 1, "before-call"):
        module.handler(
            changed(load("sqs_bounce.json"), "Records.0.body", json.dumps({"Records": [{"body": body}]})), context
        )
    assert messages_in(sqs, dead_letters_queue) == []


def test_what_is_not_an_event_goes_to_the_dead_letters(
    function: Load, context: Context, sqs: "SQSClient", dead_letters_queue: str
) -> None:
    assert function("process_feedback").handler({"hello": "world"}, context) == {"unreadable": 1}
    [letter] = messages_in(sqs, dead_letters_queue)
    assert json.loads(letter["Body"]) == {"hello": "world"}


def test_lone_surrogates_in_a_plain_event_do_no_harm(
    function: Load, context: Context, dynamodb: "DynamoDBClient"
) -> None:
    event = changed(load("eventbridge_bounce.json"), "detail.mail.commonHeaders.subject", "\ud800")
    event = changed(event, "detail.mail.messageId", "m\udfff")
    function("process_feedback").handler(event, context)
    [row] = rows(dynamodb)
    assert (row["subject"], row["message_id"]) == ("\ufffd", "m\ufffd")


def test_logs_hold_no_address(capsys: pytest.CaptureFixture[str], function: Load, context: Context) -> None:
    function("process_feedback").handler(load("sqs_batch_with_malformed.json"), context)
    logged = capsys.readouterr()
    assert "recorded" in logged.out
    assert "@" not in logged.out + logged.err


def test_counts_are_metrics(capsys: pytest.CaptureFixture[str], function: Load, context: Context) -> None:
    function("process_feedback").handler(load("sqs_batch_with_malformed.json"), context)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    metrics = [line for line in lines if "_aws" in line][-1]  # after those by environment, stream, team …
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "SESFeedback"
    assert metrics["unreadable"] == [1.0]
    assert sum(metrics["recorded"]) == 4.0


def test_the_cause_of_a_retry_is_logged(
    capsys: pytest.CaptureFixture[str], function: Load, context: Context, dynamodb: "DynamoDBClient"
) -> None:
    module = function("process_feedback")
    dynamodb.delete_table(TableName=TABLE)
    module.handler(load("sqs_bounce.json"), context)
    logged = capsys.readouterr()
    assert "ResourceNotFoundException" in logged.out
    assert "@" not in logged.out + logged.err


@pytest.mark.parametrize("event", [{"Records": [None]}, {"Records": {}}, 5, "text"])
def test_an_event_of_unknown_shape_goes_to_the_dead_letters(
    event: Any, function: Load, context: Context, sqs: "SQSClient", dead_letters_queue: str
) -> None:
    function("process_feedback").handler(event, context)
    [letter] = messages_in(sqs, dead_letters_queue)
    assert letter["MessageAttributes"]["Function"]["StringValue"] == "process_feedback"


def test_a_message_with_many_faults_is_one_dead_letter(
    function: Load, context: Context, sqs: "SQSClient", dead_letters_queue: str
) -> None:
    function("process_feedback").handler({"Records": [0] * 2000}, context)
    [letter] = messages_in(sqs, dead_letters_queue)
    cause = letter["MessageAttributes"]["Cause"]["StringValue"]
    assert cause == "a record that is not an object (and 1999 more in this message)"


def test_a_bounced_alert_mail_is_counted_for_its_alarm(function: Load, context: Context) -> None:
    bounce = load("ses/identity_bounce.json")
    bounce["mail"]["source"] = "SES Feedback <alerts@example.com>"
    answer = function("process_feedback").handler(bounce, context)
    assert answer == {"recorded": 1, "bounce": 1, "own_alerts_returned": 1}
