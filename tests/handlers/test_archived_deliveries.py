"""A delivery that only the archive reports takes soft evidence back, as one does that SNS reports."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import boto3
import pytest

from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL, Scope
from tests.conftest import REGION
from tests.handlers.conftest import Context, Load
from tests.samples import changed, load
from tests.stores import calls_of, messages_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

EVENT = load("s3_object_created.json")
OBJECT = EVENT["Records"][0]["s3"]
BUCKET, KEY = OBJECT["bucket"]["name"], unquote_plus(OBJECT["object"]["key"])
JANE = "jane@example.org"

type Play = Callable[..., int]


def full(day: int, recipient: str = JANE, hour: str = "08") -> Any:
    """A mail of a day in October that bounced, since the mailbox was full."""
    return {
        "eventType": "Bounce",
        "mail": _sent(day, hour, [recipient])["mail"],
        "bounce": {
            "bounceType": "Transient",
            "bounceSubType": "MailboxFull",
            "bouncedRecipients": [
                {"emailAddress": recipient, "status": "4.2.2", "diagnosticCode": "smtp; 452 4.2.2 over quota"}
            ],
            "timestamp": f"2026-10-{day:02}T{hour}:15:03.000Z",
        },
    }


def delivered(day: int, *recipients: str, hour: str = "18") -> Any:
    to = list(recipients or [JANE])
    event = changed(_sent(day, hour, to), "delivery.recipients", to)
    return changed(event, "delivery.timestamp", f"2026-10-{day:02}T{hour}:15:03.000Z")


def _sent(day: int, hour: str, to: list[str]) -> Any:
    """The delivery of another mail for each hour, all of them from production."""
    event = changed(load("ses/event_delivery.json"), "mail.timestamp", f"2026-10-{day:02}T{hour}:15:01.000Z")
    event = changed(event, "mail.messageId", f"mail-{day}-{hour}")
    return changed(event, "mail.destination", to)


def held(ledger: Ledger, address: str = JANE) -> list[Scope]:
    """The scopes that the index says an address is suppressed in."""
    return [scope for scope, entry in ledger.index.state_and_entries(address)[1].items() if entry]


@pytest.fixture
def s3(aws: None) -> "S3Client":
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})  # type: ignore[typeddict-item]
    return client


@pytest.fixture
def watcher(function: Load) -> ModuleType:
    return function("watch_archive")


@pytest.fixture
def archive(watcher: ModuleType, context: Context, s3: "S3Client", sqs: "SQSClient", feedback_queue: str) -> Play:
    """Puts events into one object and has it watched; answers how many went to the feedback queue."""

    def put(*events: Any, times: int = 1) -> int:
        s3.put_object(Bucket=BUCKET, Key=KEY, Body="\n".join(map(json.dumps, events)).encode())
        for _ in range(times):
            watcher.handler(EVENT, context)
        counts = sqs.get_queue_attributes(QueueUrl=feedback_queue, AttributeNames=["ApproximateNumberOfMessages"])
        return int(counts["Attributes"]["ApproximateNumberOfMessages"])

    return put


@pytest.fixture
def process(function: Load, context: Context, sqs: "SQSClient", feedback_queue: str) -> Play:
    """Processes what is queued, or these events as SNS would bring them."""
    recorder, record = function("process_feedback"), load("sqs_bounce.json")["Records"][0]

    def work(*events: Any) -> int:
        bodies = [json.dumps(event) for event in events] or [m["Body"] for m in messages_in(sqs, feedback_queue)]
        batch = [record | {"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
        if batch:
            assert recorder.handler({"Records": batch}, context) == {"batchItemFailures": []}
        return len(batch)

    return work


DAYS = range(1, 10, 2)


def test_a_mailbox_that_is_full_each_morning_and_accepts_mail_each_evening_stays_free(
    archive: Play, process: Play, ledger: Ledger
) -> None:
    archive(*(event for day in DAYS for event in (full(day), delivered(day))))
    process()
    assert held(ledger) == []
    assert [place.fact.is_delivery for place in ledger.state(JANE).registers] == [True]


def test_the_same_bounces_without_a_delivery_suppress(archive: Play, process: Play, ledger: Ledger) -> None:
    archive(*map(full, DAYS))
    process()
    assert held(ledger) == [GLOBAL]


def test_a_delivery_ends_the_suppression_that_bounces_over_sns_began(
    archive: Play, process: Play, ledger: Ledger
) -> None:
    process(*map(full, DAYS))
    assert held(ledger) == [GLOBAL]
    assert archive(delivered(12)) == 1
    process()
    assert held(ledger) == []


def test_the_state_is_the_one_that_the_same_events_over_sns_leave(
    archive: Play, process: Play, ledger: Ledger
) -> None:
    events = [full(1), delivered(2), full(3), full(5), delivered(5)]
    archive(*events)
    process()
    read = ledger.state(JANE)
    process(*(changed(event, "x", "y") for event in events))
    assert (ledger.state(JANE).registers, ledger.state(JANE).soft) == (read.registers, read.soft)


def test_the_order_within_an_object_does_not_matter(archive: Play, process: Play, ledger: Ledger) -> None:
    archive(*(delivered(day) for day in DAYS), *map(full, DAYS))
    process()
    assert held(ledger) == []


def test_a_forwarded_mail_that_bounces_is_taken_back_from_whom_it_was_written_to(
    archive: Play, process: Play, ledger: Ledger
) -> None:
    final = {"emailAddress": "final@example.net", "status": "4.2.2", "diagnosticCode": "smtp; 452 4.2.2 over quota"}
    bounces = [changed(full(day), "bounce.bouncedRecipients", [final]) for day in DAYS]
    archive(*bounces, delivered(9))
    process()
    assert ledger.state(JANE).soft
    assert held(ledger) == []


def test_a_delivery_older_than_the_evidence_changes_nothing(archive: Play, process: Play, ledger: Ledger) -> None:
    process(*map(full, DAYS))
    archive(delivered(1, hour="07"))
    process()
    assert held(ledger) == [GLOBAL]


def test_deliveries_to_addresses_without_evidence_are_one_request_and_no_message(
    archive: Play, watcher: ModuleType, dynamodb: "DynamoDBClient"
) -> None:
    with calls_of(watcher.watch._dynamodb) as calls:
        assert archive(*(delivered(1, f"r{number}@example.org") for number in range(100))) == 0
    assert calls == ["BatchGetItem"]


def test_evidence_that_was_taken_back_already_needs_no_second_delivery(archive: Play, process: Play) -> None:
    process(full(1))
    assert archive(delivered(2)) == 1
    process()
    assert archive(delivered(3), delivered(4)) == 0


def test_hard_evidence_and_complaints_stay_and_cost_no_message(archive: Play, process: Play) -> None:
    process(load("ses/event_complaint.json"), changed(full(1), "bounce.bouncedRecipients.0.diagnosticCode", "550"))
    complainer = load("ses/event_complaint.json")["complaint"]["complainedRecipients"][0]["emailAddress"]
    assert archive(delivered(2, complainer)) == 0


def test_an_object_that_is_announced_twice_leaves_the_same_state(
    archive: Play, process: Play, ledger: Ledger
) -> None:
    events = [event for day in DAYS for event in (full(day), delivered(day))]
    archive(*events)
    process()
    once = ledger.state(JANE)
    assert archive(*events, times=2) >= len(DAYS)
    process()
    assert ledger.state(JANE) == once


@pytest.mark.parametrize("operation", ["BatchGetItem", "SendMessageBatch"])
def test_an_object_that_fails_half_way_loses_nothing_when_it_is_read_again(
    operation: str, archive: Play, process: Play, ledger: Ledger, watcher: ModuleType, sqs: "SQSClient"
) -> None:
    process(*map(full, DAYS))
    client, left = watcher.watch._dynamodb if operation == "BatchGetItem" else watcher.watch._reports._sqs, [1]

    def fail_once(**_: Any) -> None:
        if left and left.pop():
            raise ConnectionError

    client.meta.events.register(f"before-call.*.{operation}", fail_once)
    with pytest.raises(ConnectionError):
        archive(delivered(12))
    archive(delivered(12))
    process()
    assert held(ledger) == []


HOSTILE = [
    "",
    "@",
    "x" * 700,
    "\ud800@example.org",
    "\x00",
    "a@b.example#s#STATE",
    "Ünï <ö@bücher.example>",
    "\n",
    "A#",
]


def test_hostile_recipients_stop_nobody_elses_delivery(archive: Play, process: Play, ledger: Ledger) -> None:
    process(*map(full, DAYS))
    odd = [delivered(11, recipient) for recipient in HOSTILE]
    values: tuple[Any, ...] = (None, 7, {"a": 1}, [None, {}, [JANE]])
    odd += [changed(delivered(11), "delivery.recipients", value) for value in values]
    assert archive(*odd, changed(delivered(11), "delivery", 5), delivered(12)) >= 1
    process()
    assert held(ledger) == []


def test_one_delivery_to_several_clears_each_of_them(archive: Play, process: Play, ledger: Ledger) -> None:
    process(*(full(day, recipient) for day in DAYS for recipient in (JANE, "joe@example.org")))
    assert archive(delivered(12, "new@example.org", "Joe <JOE@example.org>", JANE)) == 1
    process()
    assert held(ledger, JANE) == held(ledger, "joe@example.org") == []
