"""S3 announces its objects directly, by SNS or by EventBridge: the same object comes out."""

import json
from typing import Any

import pytest

from ses_feedback.archive.s3_event import S3Object, objects_in
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import S3_TEST, NoFeedback
from tests.samples import changed, load

DIRECT = load("s3_object_created.json")
BY_SNS = load("s3_object_created_sns.json")
BY_EVENTBRIDGE = load("s3_object_created_eventbridge.json")
SNS = BY_SNS["Records"][0]["Sns"]
TEST = load("s3_test_event.json")
[OBJECT] = objects_in(DIRECT)  # type: ignore[misc]


def nested(times: int) -> Any:
    return SNS | {"Message": json.dumps(nested(times - 1))} if times else DIRECT


@pytest.mark.parametrize(
    "event",
    [
        BY_SNS,
        BY_EVENTBRIDGE,
        SNS,
        json.loads(load("sqs_s3_object_created_sns.json")["Records"][0]["body"]),
        SNS | {"Message": json.dumps(BY_EVENTBRIDGE)},
    ],
)
def test_every_way_announces_the_same_object(event: Any) -> None:
    assert objects_in(event) == [OBJECT]


def test_a_key_is_decoded_only_where_s3_encodes_it() -> None:
    key = "a+b%3Dc"
    direct = changed(DIRECT, "Records.0.s3.object.key", key)
    assert objects_in(direct) == [S3Object(OBJECT.bucket, "a b=c")]
    assert objects_in(changed(BY_EVENTBRIDGE, "detail.object.key", key)) == [S3Object(OBJECT.bucket, key)]


def test_several_records_announce_several_objects() -> None:
    assert objects_in({"Records": [*DIRECT["Records"], *BY_SNS["Records"]]}) == [OBJECT, OBJECT]


@pytest.mark.parametrize("event", [TEST, SNS | {"Message": json.dumps(TEST)}])
def test_s3s_test_is_dropped_however_it_arrives(event: Any) -> None:
    assert objects_in(event) == S3_TEST


def test_what_else_happens_to_an_object_is_dropped() -> None:
    dropped = objects_in(BY_EVENTBRIDGE | {"detail-type": "Object Deleted"})
    assert isinstance(dropped, NoFeedback)
    assert "Object Deleted" in dropped.why


@pytest.mark.parametrize(
    ("event", "place"),
    [
        ([], ""),
        ({"Records": [5]}, "Records.0.s3"),
        ({"Records": [{"Sns": {"Message": "no JSON"}}]}, ""),
        ({"Records": [{"Sns": {"Message": '{"Records": [{}]}'}}]}, "Records.0.Sns.Message.Records.0.s3"),
        (changed(BY_EVENTBRIDGE, "detail.object", 5), "detail"),
        (changed(BY_EVENTBRIDGE, "detail.object.key", 5), "detail"),
        (changed(BY_SNS, "Records.0.Sns", nested(4)), "Records.0.Sns.Message.Message.Message."),
    ],
)
def test_what_names_no_object_says_where(event: Any, place: str) -> None:
    with pytest.raises(Unreadable) as caught:
        objects_in(event)
    assert caught.value.place == place
