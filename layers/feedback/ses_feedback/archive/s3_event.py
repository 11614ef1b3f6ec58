"""The objects that an S3 event names, whether it came directly or in a queue's message."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from ses_feedback.errors import Unreadable
from ses_feedback.events.transport import S3_TEST, NoFeedback, is_s3_test
from ses_feedback.strict_json import Json


@dataclass(frozen=True, slots=True)
class S3Object:
    bucket: str
    key: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def objects_in(event: Json) -> list[S3Object] | NoFeedback:
    """The objects, keys decoded (S3 encodes them as a form does). Raises `Unreadable`."""
    if is_s3_test(event):
        return S3_TEST
    if not isinstance(event, dict) or not isinstance(event.get("Records"), list):
        raise Unreadable("not an S3 event: it has no Records")
    return [_object(record, f"Records.{number}") for number, record in enumerate(event["Records"])]


def _object(record: Any, place: str) -> S3Object:
    try:
        bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
        return S3Object("" + bucket, unquote_plus(key))
    except (KeyError, TypeError, AttributeError):
        raise Unreadable("names no S3 object", f"{place}.s3") from None
