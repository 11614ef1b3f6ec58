"""`ses-feedback dead-letters` on moto's queues: why each message is there, and back to where it belongs."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from ses_feedback.attribute_values import attributes, plain
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Unreadable
from ses_feedback.timestamp import to_text
from ses_feedback_cli.dead_letters.queue import DeadLetterQueue
from ses_feedback_cli.main import app
from tests.conftest import REGION
from tests.samples import load
from tests.stores import calls_of, crash_at, messages_in
from tests.unit.cli.dead_letters.test_dead_letter import sample

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

QUEUES = ("DeadLetters", "FeedbackQueue", "AlertQueue", "ArchiveQueue")
HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e http://evil.example/x\r\n[red]"


@pytest.fixture
def queues(sqs: "SQSClient", monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The outputs of a stack that the command looks for."""
    outputs = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
    monkeypatch.setattr("ses_feedback_cli.dead_letters.queue.outputs_of", lambda *_: outputs)
    return outputs


@pytest.fixture
def queue(sqs: "SQSClient", queues: dict[str, str]) -> DeadLetterQueue:
    streams, events = boto3.client("dynamodbstreams", region_name=REGION), boto3.client("events", region_name=REGION)
    return DeadLetterQueue(sqs, streams, events, boto3.client("sns", region_name=REGION), queues)


@pytest.fixture
def unreadable(sqs: "SQSClient", queues: dict[str, str]) -> None:
    """Two dead letters from process_feedback and one from route_alerts."""
    for function, body, cause in (
        ("process_feedback", '{"half', "not JSON: Unterminated string"),
        ("process_feedback", '{"mail": 1}', "no recipients"),
        ("route_alerts", '{"flush": "nobody"}', "the settings have no team 'nobody'"),
    ):
        DeadLetters(sqs, queues["DeadLetters"], function).send(body, Unreadable(cause, "Records.0"), "origin-1")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["dead-letters", *arguments])


def rows_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("unreadable")
def test_ls_says_who_put_each_dead_letter_there_and_why_and_where_it_belongs() -> None:
    rows = {row["cause"]: row for row in rows_of(run("ls", "--json"))}
    row = rows["not JSON: Unterminated string"]
    assert len(rows) == 3
    assert (row["source"], row["place"], row["origin"]) == ("process_feedback", "Records.0", "origin-1")
    assert row["belongs_to"] == "FeedbackQueue"
    assert rows["the settings have no team 'nobody'"]["belongs_to"] == "AlertQueue"


@pytest.mark.usefixtures("unreadable")
def test_ls_and_show_leave_everything_visible_to_the_next_reader() -> None:
    assert len(rows_of(run("ls", "--json"))) == len(rows_of(run("show", "--all", "--json"))) == 3
    assert len(rows_of(run("ls", "--json"))) == 3


@pytest.mark.usefixtures("unreadable")
def test_people_read_the_cause_and_the_body() -> None:
    shown = run("show", "--cause", "not json").stdout
    for text in ("process_feedback", "cause    not JSON", "back to  FeedbackQueue", '| {"half'):
        assert text in shown


@pytest.mark.parametrize("arguments", [("ls",), ("show", "--all")])
def test_nothing_in_a_dead_letter_acts_on_the_terminal(
    arguments: tuple[str, ...], sqs: "SQSClient", queues: dict[str, str]
) -> None:
    text = HOSTILE.replace("\x1b", "\u200e").replace("\x07", "\u2066")  # SQS itself accepts no control characters
    names: Any = {name: {"DataType": "String", "StringValue": text} for name in ("Cause", "Place", "Function")}
    sqs.send_message(QueueUrl=queues["DeadLetters"], MessageBody=text, MessageAttributes=names)
    printed = run(*arguments).output
    assert "evil" in printed
    assert not any(not character.isprintable() and character != "\n" for character in printed)
    assert "http://" not in printed


@pytest.mark.usefixtures("unreadable")
def test_redrive_sends_each_where_it_belongs_and_deletes_it(sqs: "SQSClient", queues: dict[str, str]) -> None:
    result = run("redrive", "--all", "--json")
    assert result.exit_code == 0
    assert sorted(row["to"] for row in rows_of(result)) == ["AlertQueue", "FeedbackQueue", "FeedbackQueue"]
    assert sorted(m["Body"] for m in messages_in(sqs, queues["FeedbackQueue"])) == ['{"half', '{"mail": 1}']
    assert [m["Body"] for m in messages_in(sqs, queues["AlertQueue"])] == ['{"flush": "nobody"}']
    assert messages_in(sqs, queues["DeadLetters"]) == []


@pytest.mark.usefixtures("unreadable")
def test_redrive_by_cause_or_by_the_beginning_of_an_id_leaves_the_others(queues: dict[str, str]) -> None:
    run("redrive", "--cause", "NO TEAM")
    first, second = (row["id"] for row in rows_of(run("ls", "--json")))
    run("redrive", first[:13])
    assert [row["id"] for row in rows_of(run("ls", "--json"))] == [second]


@pytest.mark.usefixtures("unreadable")
def test_a_dry_run_moves_nothing(sqs: "SQSClient", queues: dict[str, str]) -> None:
    assert {row["done"] for row in rows_of(run("redrive", "--all", "--dry-run", "--json"))} == {False}
    assert messages_in(sqs, queues["FeedbackQueue"]) == []
    assert len(rows_of(run("ls", "--json"))) == 3


@pytest.mark.usefixtures("unreadable")
def test_a_dead_letter_is_deleted_only_after_it_was_accepted(queue: DeadLetterQueue) -> None:
    refusal = ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessage")
    [first, *_] = list(queue.read())
    with crash_at(queue.sqs, 0, "before-call", refusal), pytest.raises(ClientError):
        queue.put_back(first)
    with calls_of(queue.sqs) as calls:
        queue.put_back(first)
    assert calls == ["SendMessage", "DeleteMessage"]


def test_without_a_choice_nothing_is_sent_back(queues: dict[str, str]) -> None:
    result = run("redrive")
    assert result.exit_code == 2
    assert "choose the dead letters" in result.stderr


def test_a_message_of_unknown_source_stays_until_its_queue_is_named(sqs: "SQSClient", queues: dict[str, str]) -> None:
    sqs.send_message(QueueUrl=queues["DeadLetters"], MessageBody="hello")
    result = run("redrive", "--all")
    assert result.exit_code == 2
    assert "--to URL" in result.stderr
    assert run("redrive", "--all", "--to", queues["AlertQueue"]).exit_code == 0
    assert [m["Body"] for m in messages_in(sqs, queues["AlertQueue"])] == ["hello"]


def test_a_queue_that_is_gone_is_named(queue: DeadLetterQueue, sqs: "SQSClient", queues: dict[str, str]) -> None:
    sqs.delete_queue(QueueUrl=queues["FeedbackQueue"])
    with pytest.raises(Exception, match="the queue FeedbackQueue no longer exists"):
        queue.put_back(sample("queue_gave_up"))


def test_alerts_that_lambda_gave_up_on_are_read_from_the_stream_again(
    queue: DeadLetterQueue, sqs: "SQSClient", queues: dict[str, str]
) -> None:
    _give_up(queue, "PublishAlerts")
    assert [row["to"] for row in rows_of(run("redrive", "--all", "--json"))] == ["1 alerts to AlertQueue"]
    [alert] = messages_in(sqs, queues["AlertQueue"])
    assert json.loads(alert["Body"])["event_id"] == "e1"


def test_events_that_lambda_gave_up_on_are_published_on_the_bus_again(queue: DeadLetterQueue) -> None:
    queue.events.create_event_bus(Name="feedback")
    queue.outputs["FeedbackEventBus"] = "feedback"
    entries = list[dict[str, Any]]()
    queue.events.meta.events.register(
        "provide-client-params.*.PutEvents", lambda params, **_: entries.extend(params["Entries"])
    )
    _give_up(queue, "PublishFeedback")
    assert [queue.put_back(dead_letter) for dead_letter in queue.read()] == ["2 events to FeedbackEventBus"]
    assert sorted(json.loads(entry["Detail"])["id"] for entry in entries) == ["e1-3", "e2-3"]
    assert list(queue.read()) == []


def test_events_that_lambda_gave_up_on_are_published_on_the_topic_too(queue: DeadLetterQueue) -> None:
    queue.events.create_event_bus(Name="feedback")
    arn = queue.sns.create_topic(Name="application")["TopicArn"]
    queue.outputs.update(FeedbackEventBus="feedback", ApplicationTopic=arn)
    entries = list[dict[str, Any]]()
    queue.sns.meta.events.register(
        "provide-client-params.*.PublishBatch",
        lambda params, **_: entries.extend(params["PublishBatchRequestEntries"]),
    )
    _give_up(queue, "PublishFeedback")
    assert len([queue.put_back(dead_letter) for dead_letter in queue.read()]) == 1
    assert sorted(json.loads(entry["Message"])["id"] for entry in entries) == ["e1-3", "e2-3"]


def test_a_row_that_cannot_be_read_stops_no_other_and_keeps_the_dead_letter(queue: DeadLetterQueue) -> None:
    queue.events.create_event_bus(Name="feedback")
    queue.outputs["FeedbackEventBus"] = "feedback"
    _give_up(queue, "PublishFeedback", lacking={1: "team"})
    result = run("redrive", "--all")
    assert result.exit_code == 2
    assert "1 events were published, 1 not: team: not a text" in result.stderr


def test_a_dead_letter_stays_if_the_bus_refuses_its_events(queue: DeadLetterQueue) -> None:
    queue.outputs["FeedbackEventBus"] = "no-such-bus"
    _give_up(queue, "PublishFeedback")
    [given_up] = list(queue.read())
    with pytest.raises(Exception, match=r"all but 2 of 2|does not exist"):
        queue.put_back(given_up)
    queue.release([given_up])
    assert len(list(queue.read())) == 1


def test_without_a_bus_the_dead_letter_stays(queue: DeadLetterQueue) -> None:
    _give_up(queue, "PublishFeedback")
    result = run("redrive", "--all")
    assert result.exit_code == 2
    assert "no output FeedbackEventBus" in result.stderr


def _give_up(queue: DeadLetterQueue, reader: str, lacking: Mapping[int, str] | None = None) -> None:
    """A dead letter about two of four rows just written to a table with a stream; one of the two alerts. `lacking`:
    by its number, the field that a row lacks.
    """
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    arn, now = _table_with_stream(dynamodb), to_text(datetime.now(UTC))
    image = load("dynamodb_stream_alert.json")["Records"][0]["dynamodb"]["NewImage"]
    for number in range(4):
        changed = {"event_id": f"e{number}", "occurred_at": now} | ({} if number != 2 else {"alert": None})
        changed |= {lacking[number]: None} if lacking and number in lacking else {}
        row = {name: value for name, value in (plain(image) | changed).items() if value is not None}
        dynamodb.put_item(TableName="streamed", Item=attributes(row | {"pk": "A#x", "sk": f"E#{number}"}))
    shard, numbers = _numbers(queue.streams, arn)
    function = {"functionArn": f"arn:aws:lambda:{REGION}:111122223333:function:ses-feedback-{reader}-a1b2"}
    stream = {"streamArn": arn, "shardId": shard, "startSequenceNumber": numbers[1], "endSequenceNumber": numbers[2]}
    body = {"requestContext": function, "DDBStreamBatchInfo": stream}
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody=json.dumps(body))


def _table_with_stream(dynamodb: Any) -> str:
    keys = {"pk": "HASH", "sk": "RANGE"}
    made = dynamodb.create_table(
        TableName="streamed",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return str(made["TableDescription"]["LatestStreamArn"])


def _numbers(streams: Any, arn: str) -> tuple[str, list[str]]:
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    return shard["ShardId"], [record["dynamodb"]["SequenceNumber"] for record in records]


def test_records_that_the_stream_no_longer_holds_are_reported_as_gone(queue: DeadLetterQueue) -> None:
    gone = ClientError({"Error": {"Code": "TrimmedDataAccessException"}}, "GetShardIterator")
    with crash_at(queue.streams, 0, "before-call", gone), pytest.raises(Exception, match="for 24 hours"):
        queue.put_back(sample("stream_gave_up"))
