"""Every envelope opens to the event inside; the samples are one per envelope, all around the same bounce."""

import base64
import gzip
import json
from typing import Any

import pytest

from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback, Opened
from tests.samples import EVENTS, changed, load, opened, without

WITHOUT_FEEDBACK = {"cloudtrail_call": "cloudtrail", "log_subscription_control": "logs_control_message"}
SAMPLES = sorted(path.stem for path in (EVENTS / "envelopes").glob("*.json"))
BOUNCE = load("envelopes/input_path_detail.json")
TEXT = json.dumps(BOUNCE)
CALL = load("envelopes/cloudtrail_call.json")["detail"]
LOGS = "2026-11-20T08:40:04.000Z"


def packed(content: Any) -> str:
    return base64.b64encode(gzip.compress(json.dumps(content).encode())).decode()


def subscription(*lines: str) -> dict[str, Any]:
    events = [{"id": str(number), "timestamp": 1795164004000, "message": line} for number, line in enumerate(lines)]
    return {"awslogs": {"data": packed({"messageType": "DATA_MESSAGE", "logEvents": events})}}


def only(message: Any) -> Opened:
    [found] = opened(message)
    return found


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in WITHOUT_FEEDBACK])
def test_the_bounce_is_found_in_every_sample(name: str) -> None:
    found = opened(load(f"envelopes/{name}.json"))
    documents = [one for one in found if isinstance(one, Document)]
    assert documents
    assert all(document.content == BOUNCE for document in documents)
    assert not [one for one in found if isinstance(one, Unreadable)]


@pytest.mark.parametrize(("name", "reason"), WITHOUT_FEEDBACK.items())
def test_what_holds_no_feedback_is_dropped_on_purpose(name: str, reason: str) -> None:
    found = only(load(f"envelopes/{name}.json"))
    assert isinstance(found, NoFeedback)
    assert found.reason == reason


@pytest.mark.parametrize(
    "name", ["pipe_records", "pipe_to_bus_records", "cloudevents_batch", "lambda_destination_records"]
)
def test_several_records_are_read_one_by_one(name: str) -> None:
    assert [type(found) for found in opened(load(f"envelopes/{name}.json"))] == [Document, Document]


@pytest.mark.parametrize(
    ("name", "path", "moment"),
    [
        ("cloudevents_structured", "time", "2026-11-20T08:40:03Z"),
        ("lambda_destination", "timestamp", "2026-11-20T08:40:04.000Z"),  # of SNS, which is nearer
        ("log_subscription_stream", "", "2026-11-20T08:40:03Z"),  # of EventBridge, which is nearer
        ("firehose_error", "arrivalTimestamp", LOGS),
        ("docker_json_line", "time", "2026-11-20T08:40:04.123456789Z"),
        ("vector_line", "timestamp", "2026-11-20T08:40:04.123Z"),
        ("pipe_to_bus", "time", "2026-11-20T08:40:04.000Z"),
    ],
)
def test_the_nearest_time_is_kept(name: str, path: str, moment: str) -> None:
    found = opened(load(f"envelopes/{name}.json"))[0]
    assert isinstance(found, Document)
    assert found.arrived_at == moment


def test_the_topic_is_kept_through_a_destination() -> None:
    found = only(load("envelopes/lambda_destination.json"))
    assert isinstance(found, Document)
    assert found.topic == "arn:aws:sns:eu-central-1:111122223333:ses-feedback"


def test_every_line_of_a_log_is_answered() -> None:
    found = opened(subscription(TEXT, f"INFO id={{7}} {TEXT} done", "no JSON", '{"level": "INFO"}', TEXT[:-9]))
    assert [type(one) for one in found] == [Document, Document, NoFeedback, NoFeedback, Unreadable]
    assert {one.reason for one in found if isinstance(one, NoFeedback)} == {"log_line"}
    assert {one.arrived_at for one in found if isinstance(one, Document)} == {LOGS}


@pytest.mark.parametrize("line", [f'{{"level": "INFO"}} {TEXT}', f'{TEXT} {{"took": 3}}'])
def test_what_a_logger_writes_beside_the_event_is_no_dead_letter(line: str) -> None:
    assert isinstance(only(subscription(line)), Document)


def test_a_broken_event_in_a_log_line_does_not_cost_the_whole_one_before_it() -> None:
    assert [type(found) for found in opened(subscription(f"{TEXT} {TEXT[:-9]}"))] == [Document, Unreadable]


def test_a_log_line_that_names_ses_without_json_is_unreadable() -> None:
    assert isinstance(only(subscription(str(BOUNCE))), Unreadable)


@pytest.mark.parametrize(
    "message",
    [
        CALL,
        {"Records": [CALL]},
        subscription(json.dumps(CALL | {"additionalEventData": "aws.ses"})),
        load("envelopes/cloudtrail_call.json") | {"source": "aws.sns"},
        {"detail-type": "AWS API Call via CloudTrail", "source": "aws.ses", "detail": CALL | {"notificationType": 1}}
        | {"detail": CALL | {"requestParameters": {"bouncedRecipients": []}}},
    ],
)
def test_a_call_that_cloudtrail_saw_is_dropped_wherever_it_is(message: Any) -> None:
    found = only(message)
    assert isinstance(found, NoFeedback)
    assert found.reason == "cloudtrail"


@pytest.mark.parametrize(
    "event",
    [
        {"source": "aws.ecs", "detail-type": "ECS Service Action", "detail": {"eventType": "INFO", "eventName": "X"}},
        {"source": "shop", "detail-type": "Order", "detail": {"eventType": "Delivery", "delivery": "to the door"}},
        {"source": "shop", "detail-type": "User", "detail": {"eventType": "created", "mail": {"primary": "a@b.de"}}},
        {"source": "shop", "eventType": "ORDER_PLACED", "mail": "jane@example.org"},
        {"Records": [{"eventSource": "shop:orders", "eventType": "INFO"}]},
        {"eventSource": "aws:dynamodb", "eventVersion": "1.1", "eventName": "INSERT", "dynamodb": {}},
    ],
)
def test_an_event_type_alone_makes_nothing_an_event_of_ses(event: dict[str, Any]) -> None:
    found = only(event)
    assert isinstance(found, NoFeedback)
    assert found.reason == "other_service"


@pytest.mark.parametrize(
    "message",
    [
        {"source": "somewhere", "bouncedRecipients": "jane@example.org"},
        {"source": "mine", "detail-type": "x", "detail": {"bouncedRecipients": ["jane@example.org"]}},
        {"source": "mine", "eventType": "Bounce", "address": "jane@example.org"},
        {"source": "mine", "notificationType": "Bounce", "mail": "jane@example.org"},
        {"source": "aws.ses", "account": "111122223333"},
        {"Service": "mine", "text": TEXT[:-9]},
        {"Records": [{"eventSource": "mine", "complaint": {"complainedRecipients": []}}]},
        {"detail-type": "Email Bounced", "source": "Pipe x", "detail": {"eventType": "Bounce"}},
    ],
)  # fmt: skip
def test_what_names_ses_and_is_not_understood_is_never_dropped(message: Any) -> None:
    found = only(message)
    if isinstance(found, Document):  # what is wrong with it, the reader says
        assert found.content["notificationType"] == "Bounce"
    else:
        assert isinstance(found, Unreadable)


@pytest.mark.parametrize("source", ["mine", None])
def test_records_of_an_unknown_source_are_searched_if_they_name_ses(source: str | None) -> None:
    found = only({"Records": [{"eventSource": source, "payload": {"event": TEXT}}]})
    assert isinstance(found, Document)
    assert found.content == BOUNCE


def test_the_packed_record_of_a_pipe_to_a_bus_is_not_taken_for_another_services_event() -> None:
    pipe = load("envelopes/pipe_to_bus.json")
    found = only(pipe | {"detail": load("envelopes/pipe_stream_record.json")})
    assert isinstance(found, Document)


def test_a_destination_is_read_for_what_the_function_had_not_for_how_it_ended() -> None:
    event = changed(load("envelopes/lambda_destination.json"), "responsePayload.errorMessage", TEXT[:200])
    assert isinstance(only(event), Document)
    assert isinstance(only(without(event, "requestPayload")), Unreadable)


def test_a_message_cut_down_to_its_text_keeps_its_time() -> None:
    found = only({"Message": BOUNCE, "Timestamp": "2026-10-12T08:15:03Z"})
    assert isinstance(found, Document)
    assert found.arrived_at == "2026-10-12T08:15:03Z"
