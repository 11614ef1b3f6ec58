"""What an archive reports goes to the feedback queue, the rest is counted, and nothing is lost on the way."""

import gzip
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from ses_feedback.archive.reports import ArchiveReports
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import PartlyAccepted
from ses_feedback.events.document import Document
from ses_feedback.events.transport import open_text
from tests.samples import EVENTS, changed, load, opened
from tests.stores import messages_in

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

URI = "s3://bucket/2026/11/20/09/object.gz"
BOUNCE = load("ses/event_bounce.json")


@pytest.fixture
def reports(sqs: "SQSClient", feedback_queue: str, dead_letters: DeadLetters) -> ArchiveReports:
    return ArchiveReports(sqs, feedback_queue, dead_letters)


def lines(*documents: Any) -> list[bytes]:
    return [b"\n".join(json.dumps(document).encode() for document in documents)]


def bodies(sqs: "SQSClient", queue_url: str) -> list[str]:
    return [message["Body"] for message in messages_in(sqs, queue_url)]


def test_the_sample_object_is_counted_as_its_readme_says(
    reports: ArchiveReports, sqs: "SQSClient", feedback_queue: str
) -> None:
    data = (EVENTS / "archive/production-2026-11-20.jsonl.gz").read_bytes()
    counts = reports.send(URI, [data])
    assert counts == {"Send": 180, "Delivery": 177, "Open": 25, "Click": 13, "Bounce": 2, "Complaint": 3, "broken": 1}
    assert len(bodies(sqs, feedback_queue)) == 5


def test_a_report_carries_the_object_and_the_position_that_held_it(
    reports: ArchiveReports, sqs: "SQSClient", feedback_queue: str
) -> None:
    send = load("ses/event_send.json")
    reports.send(URI, lines(send, BOUNCE))
    [body] = bodies(sqs, feedback_queue)
    [document] = opened(body)
    assert isinstance(document, Document)
    assert document.content == BOUNCE
    assert document.origin == f"{URI}@{len(json.dumps(send)) + 1}"


def test_a_report_carries_the_topic_that_brought_it_to_the_archive(
    reports: ArchiveReports, sqs: "SQSClient", feedback_queue: str
) -> None:
    topic = "arn:aws:sns:eu-central-1:111122223333:ses-feedback_feedback_staging"
    reports.send(URI, lines({"Type": "Notification", "TopicArn": topic, "Message": json.dumps(BOUNCE)}, BOUNCE))
    documents = [document for body in bodies(sqs, feedback_queue) for document in opened(body)]
    topics = {document.topic for document in documents if isinstance(document, Document)}
    assert topics == {topic, None}


def test_a_broken_document_is_reported_with_its_place_and_costs_only_itself(
    reports: ArchiveReports, sqs: "SQSClient", feedback_queue: str, dead_letters_queue: str
) -> None:
    counts = reports.send(URI, [*lines(BOUNCE), b'\n{"eventType":"Bounce\n', *lines(BOUNCE)])
    assert counts == {"Bounce": 2, "broken": 1}
    [letter] = messages_in(sqs, dead_letters_queue)
    assert letter["Body"] == '{"eventType":"Bounce'
    assert letter["MessageAttributes"]["Origin"].get("StringValue") == f"{URI}@{len(json.dumps(BOUNCE)) + 1}"


@pytest.mark.parametrize("kind", ["Send", "Delivery", "Open", "Click", "DeliveryDelay", "Subscription"])
def test_what_needs_no_decision_is_only_counted(
    kind: str, reports: ArchiveReports, sqs: "SQSClient", feedback_queue: str
) -> None:
    assert reports.send(URI, lines(changed(BOUNCE, "eventType", kind))) == {kind: 1}
    assert bodies(sqs, feedback_queue) == []


def test_a_type_that_ses_may_add_later_is_sent_and_counted_as_other(
    reports: ArchiveReports, sqs: "SQSClient", feedback_queue: str
) -> None:
    assert reports.send(URI, lines(changed(BOUNCE, "eventType", "Teleported"))) == {"other": 1}
    assert len(bodies(sqs, feedback_queue)) == 1


def test_what_is_not_feedback_is_dropped(reports: ArchiveReports) -> None:
    assert reports.send(URI, lines(load("s3_test_event.json"))) == {"dropped": 1}


def test_an_account_event_is_sent_on_with_its_envelope(
    reports: ArchiveReports, sqs: "SQSClient", feedback_queue: str
) -> None:
    assert reports.send(URI, lines(load("eventbridge_sending_disabled.json"))) == {"other": 1}
    [document] = open_text(bodies(sqs, feedback_queue)[0])
    assert isinstance(document, Document)
    assert (document.is_account_event, document.origin) == (True, f"{URI}@0")


@pytest.mark.parametrize("document", [{"a": 1}, {"archive": {}, "document": 5}, {"Records": [7]}])
def test_what_cannot_be_read_goes_to_the_dead_letters(
    document: Any, reports: ArchiveReports, sqs: "SQSClient", dead_letters_queue: str
) -> None:
    assert reports.send(URI, lines(document)) == {"broken": 1}
    assert bodies(sqs, dead_letters_queue) == [json.dumps(document)]


def test_an_event_too_large_for_a_queue_goes_to_the_dead_letters(
    reports: ArchiveReports, sqs: "SQSClient", dead_letters_queue: str
) -> None:
    large = changed(BOUNCE, "mail.headers", [{"name": "X", "value": "x" * 250_000}])
    assert reports.send(URI, lines(large, BOUNCE)) == {"broken": 1, "Bounce": 1}
    assert len(bodies(sqs, dead_letters_queue)) == 1


@pytest.mark.parametrize("depth", [*range(9994, 9998), 20_000])
def test_no_depth_of_nesting_stops_the_object(depth: int, reports: ArchiveReports) -> None:
    deep = b'{"eventType":"Bounce","x":' + b'{"a":' * depth + b"1" + b"}" * (depth + 1)
    counts = reports.send(URI, [deep + b"\n", *lines(BOUNCE)])
    assert counts["Bounce"] + counts["broken"] == 2


def test_large_events_never_share_a_request_that_sqs_would_reject(
    reports: ArchiveReports, sqs: "SQSClient", feedback_queue: str
) -> None:
    sizes: list[int] = []
    sqs.meta.events.register(
        "provide-client-params.*.SendMessageBatch",
        lambda params, **_: sizes.append(sum(len(entry["MessageBody"]) for entry in params["Entries"])),
    )
    events = [changed(BOUNCE, "mail.headers", [{"name": "X", "value": "x" * 60_000}]) for _ in range(9)]
    assert reports.send(URI, lines(*events)) == {"Bounce": 9}
    assert len(bodies(sqs, feedback_queue)) == 9
    assert max(sizes) < 256 * 1024


def test_reports_go_ten_to_a_request(reports: ArchiveReports, sqs: "SQSClient", feedback_queue: str) -> None:
    sizes: list[int] = []
    sqs.meta.events.register(
        "provide-client-params.*.SendMessageBatch", lambda params, **_: sizes.append(len(params["Entries"]))
    )
    events = [changed(BOUNCE, "mail.messageId", str(number)) for number in range(23)]
    assert reports.send(URI, [gzip.compress(lines(*events)[0])]) == {"Bounce": 23}
    assert sizes == [10, 10, 3]
    positions = [json.loads(body)["archive"]["position"] for body in bodies(sqs, feedback_queue)]
    assert Counter(positions).most_common(1)[0][1] == 1


def test_an_object_without_reports_makes_no_request_to_sqs(reports: ArchiveReports, sqs: "SQSClient") -> None:
    sqs.meta.events.register("before-call.*.*", lambda **_: pytest.fail("a request"))
    assert reports.send(URI, []) == {}


def test_a_message_that_sqs_did_not_accept_raises_so_that_the_object_is_retried(
    reports: ArchiveReports, sqs: "SQSClient"
) -> None:
    def refuse_one(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Failed"] = [{"Id": "1", "Code": "InternalError", "SenderFault": False}]

    sqs.meta.events.register("after-call.*.SendMessageBatch", refuse_one)
    with pytest.raises(PartlyAccepted, match="all but 1 of 2 messages: InternalError"):
        reports.send(URI, lines(BOUNCE, BOUNCE))
