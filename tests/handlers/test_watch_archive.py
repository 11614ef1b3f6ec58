"""watch_archive, as S3 and its queue call it."""

import gzip
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, unquote_plus

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.conftest import REGION
from tests.handlers.conftest import Context, Load
from tests.samples import EVENTS, changed, load
from tests.stores import messages_in

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

EVENT = load("s3_object_created.json")
OBJECT = EVENT["Records"][0]["s3"]
BUCKET, KEY = OBJECT["bucket"]["name"], unquote_plus(OBJECT["object"]["key"])
COUNTS = {"Send": 180, "Delivery": 177, "Open": 25, "Click": 13, "Bounce": 2, "Complaint": 3, "broken": 1}


@pytest.fixture
def s3(aws: None) -> "S3Client":
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})  # type: ignore[typeddict-item]
    data = (EVENTS / "archive/production-2026-11-20.jsonl.gz").read_bytes()
    client.put_object(Bucket=BUCKET, Key=KEY, Body=data)
    return client


def queued(event: Any) -> dict[str, Any]:
    return changed(load("sqs_s3_object_created.json"), "Records.0.body", json.dumps(event))  # type: ignore[no-any-return]


def test_a_plain_event_is_answered_with_the_counts_of_its_object(
    function: Load, context: Context, s3: "S3Client"
) -> None:
    assert function("watch_archive").handler(EVENT, context) == COUNTS


@pytest.mark.parametrize("name", ["s3_object_created_sns.json", "s3_object_created_eventbridge.json"])
def test_an_announcement_by_another_service_is_accepted(
    name: str, function: Load, context: Context, s3: "S3Client"
) -> None:
    assert function("watch_archive").handler(load(name), context) == COUNTS


@pytest.mark.parametrize(
    "event", [load("sqs_s3_object_created_sns.json"), queued(load("s3_object_created_eventbridge.json"))]
)
def test_another_services_announcement_in_a_queue_is_accepted(
    event: Any, function: Load, context: Context, s3: "S3Client", sqs: "SQSClient", feedback_queue: str
) -> None:
    assert function("watch_archive").handler(event, context) == {"batchItemFailures": []}
    assert len(messages_in(sqs, feedback_queue)) == 5


def test_a_queued_event_is_processed_whole(
    function: Load, context: Context, s3: "S3Client", sqs: "SQSClient", feedback_queue: str
) -> None:
    answer = function("watch_archive").handler(load("sqs_s3_object_created.json"), context)
    assert answer == {"batchItemFailures": []}
    positions = [json.loads(message["Body"])["archive"]["position"] for message in messages_in(sqs, feedback_queue)]
    assert len(positions) == len(set(positions)) == 5
    assert all(position.startswith(f"s3://{BUCKET}/{KEY}@") for position in positions)


def test_process_feedback_accepts_what_it_queues(
    function: Load, context: Context, s3: "S3Client", sqs: "SQSClient", feedback_queue: str
) -> None:
    function("watch_archive").handler(EVENT, context)
    record = load("sqs_bounce.json")["Records"][0]
    messages = messages_in(sqs, feedback_queue)
    batch = [record | {"messageId": str(n), "body": message["Body"]} for n, message in enumerate(messages)]
    assert function("process_feedback").handler({"Records": batch}, context) == {"batchItemFailures": []}


def test_several_objects_of_one_event_are_counted_together(function: Load, context: Context, s3: "S3Client") -> None:
    answer = function("watch_archive").handler({"Records": EVENT["Records"] * 2}, context)
    assert answer == {name: 2 * count for name, count in COUNTS.items()}


@pytest.mark.parametrize("name", ["s3_test_event.json", "sqs_s3_test_event.json"])
def test_a_test_event_is_dropped(name: str, function: Load, context: Context) -> None:
    assert function("watch_archive").handler(load(name), context) in ({}, {"batchItemFailures": []})


def test_an_object_that_does_not_exist_yet_is_retried(function: Load, context: Context, s3: "S3Client") -> None:
    event = load("sqs_s3_object_created.json")
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    [failure] = function("watch_archive").handler(event, context)["batchItemFailures"]
    assert failure == {"itemIdentifier": event["Records"][0]["messageId"]}
    with pytest.raises(ClientError):
        function("watch_archive").handler(EVENT, context)


@pytest.mark.parametrize(
    ("body", "cause"),
    [("hello", "not JSON"), ("{}", "it has no Records"), ('{"Records": [{}]}', "names no S3 object")],
)
def test_a_message_that_names_no_object_goes_to_the_dead_letters(
    body: str, cause: str, function: Load, context: Context, sqs: "SQSClient", dead_letters_queue: str
) -> None:
    event = changed(load("sqs_s3_object_created.json"), "Records.0.body", body)
    assert function("watch_archive").handler(event, context) == {"batchItemFailures": []}
    [letter] = messages_in(sqs, dead_letters_queue)
    assert letter["Body"] == body
    assert cause in letter["MessageAttributes"]["Cause"].get("StringValue", "")


@pytest.mark.parametrize("key", ["a b/ü+%.gz", "environment=production/x.gz"])
def test_a_key_is_decoded_as_s3_encodes_it(key: str, function: Load, context: Context, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps(load("ses/event_bounce.json")).encode()))
    event = changed(EVENT, "Records.0.s3.object.key", quote_plus(key, safe="/"))
    assert function("watch_archive").handler(event, context) == {"Bounce": 1}


def test_an_empty_object_holds_nothing(function: Load, context: Context, s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"")
    assert function("watch_archive").handler(EVENT, context) == {}
