"""publish_feedback, as the ledger's stream calls it."""

import json
from types import ModuleType
from typing import Any

import boto3
import pytest

from ses_feedback.errors import PartlyAccepted
from tests.conftest import REGION
from tests.handlers.conftest import Context, Load
from tests.samples import changed, load
from tests.stores import messages_in


@pytest.fixture
def module(function: Load, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    boto3.client("events", region_name=REGION).create_event_bus(Name="feedback")
    monkeypatch.setenv("EVENT_BUS_NAME", "feedback")
    return function("publish_feedback")


@pytest.fixture
def put(module: ModuleType) -> list[dict[str, Any]]:
    """The entries that the bus accepts."""
    entries = list[dict[str, Any]]()
    module.eventbridge.meta.events.register(
        "before-parameter-build.*.PutEvents", lambda params, **_: entries.extend(params["Entries"])
    )
    return entries


def stream(number: int) -> dict[str, Any]:
    """As the stream of the ledger reports new rows."""
    [record] = load("dynamodb_stream_alert.json")["Records"]
    return {"Records": [changed(record, "dynamodb.NewImage.event_id.S", f"event{n}") for n in range(number)]}


def test_every_new_row_is_published_once(module: ModuleType, context: Context, put: list[dict[str, Any]]) -> None:
    module.handler(stream(23), context)
    assert [json.loads(entry["Detail"])["id"] for entry in put] == [f"event{n}-3" for n in range(23)]
    said = {(entry["EventBusName"], entry["Source"], entry["DetailType"]) for entry in put}
    assert said == {("feedback", "ses-feedback", "feedback.complaint")}


def test_state_deletions_imports_and_replays_are_skipped(
    module: ModuleType, context: Context, put: list[dict[str, Any]]
) -> None:
    event = stream(4)
    event["Records"][0]["dynamodb"]["NewImage"] = {"pk": {"S": "A#x"}, "sk": {"S": "STATE"}, "rev": {"N": "1"}}
    event["Records"][1] = {"eventName": "REMOVE", "dynamodb": {"Keys": {}}}
    event["Records"][2]["dynamodb"]["NewImage"]["kind"] = {"S": "imported"}
    event["Records"][3]["dynamodb"]["NewImage"]["occurred_at"] = {"S": "2026-11-18T09:26:18.350Z"}
    module.handler(event, context)
    assert put == []


@pytest.mark.parametrize("field", ["event_id", "team", "sent_at", "environment", "effect", "occurred_at", "rank"])
def test_a_row_that_lacks_a_field_is_a_dead_letter_and_holds_up_no_other(
    field: str, module: ModuleType, context: Context, put: list[dict[str, Any]], sqs: Any, dead_letters_queue: str
) -> None:
    event = stream(3)
    del event["Records"][1]["dynamodb"]["NewImage"][field]
    module.handler(event, context)
    assert [json.loads(entry["Detail"])["id"] for entry in put] == ["event0-3", "event2-3"]
    [letter] = messages_in(sqs, dead_letters_queue)
    named = {name: value.get("StringValue", "") for name, value in letter["MessageAttributes"].items()}
    assert field in named["Cause"] + named.get("Place", "")
    assert json.loads(letter["Body"])["recipient"] == "marta.lind@example.org"


def test_events_that_the_bus_did_not_accept_raise_so_that_the_batch_is_retried(
    module: ModuleType, context: Context
) -> None:
    def refuse_one(parsed: dict[str, Any], **_: Any) -> None:
        parsed |= {"FailedEntryCount": 1, "Entries": [{"EventId": "1"}, {"ErrorCode": "ThrottlingException"}]}

    module.eventbridge.meta.events.register("after-call.*.PutEvents", refuse_one)
    with pytest.raises(PartlyAccepted, match="all but 1 of 3 events: ThrottlingException"):
        module.handler(stream(3), context)


def test_with_a_topic_everything_is_published_there_too(
    function: Load, monkeypatch: pytest.MonkeyPatch, context: Context, sqs: Any, put: list[dict[str, Any]]
) -> None:
    sns = boto3.client("sns", region_name=REGION)
    topic, queue = (
        sns.create_topic(Name="application")["TopicArn"],
        sqs.create_queue(QueueName="subscriber")["QueueUrl"],
    )
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    in_production = json.dumps({"environment": ["production"], "effect": ["suppressed"]})
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"FilterPolicy": in_production, "RawMessageDelivery": "true"},
    )
    monkeypatch.setenv("APPLICATION_TOPIC_ARN", topic)
    event = stream(12)
    event["Records"][3]["dynamodb"]["NewImage"]["environment"] = {"S": "staging"}
    function("publish_feedback").handler(event, context)
    got = [json.loads(message["Body"]) for message in messages_in(sqs, queue)]
    assert sorted(one["id"] for one in got) == sorted(f"event{n}-3" for n in range(12) if n != 3)
    assert {one["type"] for one in got} == {"feedback.complaint"}
