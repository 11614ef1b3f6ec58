"""Base64, gzip and JSON in texts are unpacked within limits."""

import base64
import gzip
import json

import pytest

from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document
from ses_feedback.events.packed import MOST_BYTES, beginning_of, objects_in, unpacked
from tests.samples import load, opened

TEXT = json.dumps(load("ses/event_bounce.json"))


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("members", [1, 2, 7])
def test_members_of_gzip_are_read_as_one(members: int) -> None:
    size = len(TEXT) // members + 1
    parts = [TEXT[start : start + size] for start in range(0, len(TEXT), size)]
    assert unpacked(in_base64(b"".join(gzip.compress(part.encode()) for part in parts))) == TEXT


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (gzip.compress(TEXT.encode())[:-9], "cut off"),
        (gzip.compress(TEXT.encode()) + b"and more", "incorrect header"),
        (gzip.compress(b" " * (MOST_BYTES + 1)), "too much for one message"),
        (b"\xff\xfe\xff", "can't decode"),
    ],
)
def test_damaged_and_enormous_data_is_a_value_error(data: bytes, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        unpacked(in_base64(data))


def test_bombs_are_counted_together() -> None:
    bomb = in_base64(gzip.compress(b" " * (MOST_BYTES // 2)))
    found = opened({"records": [{"data": bomb}] * 2 + [{"data": in_base64(TEXT.encode())}]})
    assert [type(one) for one in found] == [Unreadable, Unreadable, Document]
    assert "too much for one message" in str(opened({"records": [{"data": bomb}] * 3})[2])


def test_what_is_damaged_does_not_count() -> None:
    cut = in_base64(gzip.compress(TEXT.encode())[:-9])
    found = opened({"records": [{"data": cut}, {"data": in_base64(gzip.compress(TEXT.encode()))}]})
    assert [type(one) for one in found] == [Unreadable, Document]


def test_a_beginning_is_read_as_far_as_it_goes() -> None:
    assert beginning_of(in_base64(gzip.compress(TEXT.encode()))[:400]).startswith('{"eventType"')
    assert beginning_of("H4sIA" * 20) == ""
    assert len(beginning_of(in_base64(gzip.compress(b"x" * 1_000_000)))) == 256 * 1024


def test_objects_are_found_between_other_words() -> None:
    assert list(objects_in('at {x} { "a": {"b": 1}} and {"c": "\\ud800}"}, {}')) == [
        {"a": {"b": 1}},
        {"c": "\ufffd}"},
    ]


@pytest.mark.parametrize("text", ['{"a": 1', '{"a": NaN}', '{"a":' * 100_000])
def test_a_broken_object_is_not_passed_over(text: str) -> None:
    with pytest.raises(Unreadable):
        list(objects_in(f'{{"a": 1}} {text}'))
