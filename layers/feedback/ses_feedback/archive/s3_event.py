"""The objects that S3 announces: directly, by SNS, by EventBridge, or by any of them through a queue."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from ses_feedback.errors import Unreadable
from ses_feedback.events.document import S3_TEST, NoFeedback
from ses_feedback.events.envelopes import is_s3_test
from ses_feedback.strict_json import Json, decode

_MOST_ENVELOPES = 4


@dataclass(frozen=True, slots=True)
class S3Object:
    bucket: str
    key: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def objects_in(event: Json) -> list[S3Object] | NoFeedback:
    """The objects; without one, why there is none. Raises `Unreadable`."""
    announced = list(_announced(event, "", _MOST_ENVELOPES))
    objects = [item for item in announced if isinstance(item, S3Object)]
    dropped = [item for item in announced if isinstance(item, NoFeedback)]
    return objects if objects or not dropped else dropped[0]


def _announced(event: Json, place: str, levels: int) -> Iterator[S3Object | NoFeedback]:
    if not levels:
        raise Unreadable(f"an S3 event in more than {_MOST_ENVELOPES} envelopes", place)
    if not isinstance(event, dict):
        raise Unreadable("not an S3 event: it has no Records", place)
    if is_s3_test(event):
        yield S3_TEST
    elif isinstance(event.get("Records"), list):
        for number, record in enumerate(event["Records"]):
            yield from _record(record, f"{place}Records.{number}", levels - 1)
    elif event.get("source") == "aws.s3":
        yield _of_eventbridge(event, place)
    elif isinstance(event.get("Message"), str):
        yield from _announced(decode(event["Message"]), f"{place}Message.", levels - 1)
    else:
        raise Unreadable("not an S3 event: it has no Records", place)


def _record(record: Any, place: str, levels: int) -> Iterator[S3Object | NoFeedback]:
    if isinstance(record, dict) and isinstance(record.get("Sns"), dict):
        yield from _announced(record["Sns"], f"{place}.Sns.", levels)
    else:
        yield _object(record, "s3", f"{place}.s3", is_encoded=True)


def _of_eventbridge(event: dict[str, Any], place: str) -> S3Object | NoFeedback:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""
    if (what := event.get("detail-type")) != "Object Created":
        return NoFeedback("ignored", "other_service", f"S3 says that something else happened: {what!s:.100}")
    return _object(event, "detail", f"{place}detail", is_encoded=False)


def _object(holder: Any, name: str, place: str, *, is_encoded: bool) -> S3Object:
    """Notifications encode the key as a form does, EventBridge does not."""
    try:
        bucket, key = holder[name]["bucket"]["name"], holder[name]["object"]["key"]
        return S3Object("" + bucket, unquote_plus(key) if is_encoded else "" + key)
    except (KeyError, TypeError, AttributeError):
        raise Unreadable("names no S3 object", place) from None
