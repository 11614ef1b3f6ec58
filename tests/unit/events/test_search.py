"""What nobody documents is searched for SES's events, within limits."""

import base64
import json
from typing import Any

import pytest

from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document
from ses_feedback.events.search import MOST_VALUES
from tests.samples import load, opened

BOUNCE = load("ses/event_bounce.json")
COMPLAINT = load("ses/event_complaint.json")
EVENT = {"source": "aws.ses", "detail-type": "Email Bounced", "detail": BOUNCE, "time": "2026-10-12T08:15:03Z"}
TEXT = json.dumps(BOUNCE)


def contents(message: Any) -> list[Any]:
    """The documents of a message in which everything can be read."""
    found = opened(message)
    assert all(isinstance(one, Document) for one in found), found
    return [one.content for one in found if isinstance(one, Document)]


@pytest.mark.parametrize(
    "message",
    [
        {"ses": BOUNCE},
        {"ses": EVENT},
        {"event": TEXT},
        {"event": json.dumps(EVENT)},
        {"a": {"b": [1, {"c": json.dumps({"d": TEXT})}]}},
        {"anything": base64.b64encode(TEXT.encode()).decode()},
        {"anything": base64.encodebytes(TEXT.encode()).decode()},
        {"event": json.dumps(TEXT)},
        {"message": f"INFO event={json.dumps(TEXT)} done"},
        {"message": f"2026-10-12 {{thread-3}} INFO {TEXT}\n"},
        {"rawData": TEXT, "attemptsMade": 4},
        {"Records": [{"kinesis": {"data": TEXT}}]},
        {"meta": {"source": "aws.ses"}, "event": BOUNCE},
        {"eventType": "Bounce", "document": BOUNCE},
    ],
)
def test_the_event_is_found_wherever_it_is(message: Any) -> None:
    assert contents(message) == [BOUNCE]


def test_all_events_are_found() -> None:
    message = {"first": TEXT, "second": [COMPLAINT], "lines": f"{TEXT}\n{json.dumps(COMPLAINT)}\n"}
    assert contents(message) == [BOUNCE, COMPLAINT, BOUNCE, COMPLAINT]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{TEXT}\n{json.dumps(COMPLAINT)}\n", [BOUNCE, COMPLAINT]),
        (f"2026-10-12 INFO {TEXT}", [BOUNCE]),
        (base64.b64encode(TEXT.encode()).decode() + "\n", [BOUNCE]),
    ],
)
def test_a_text_that_is_not_json_is_searched(text: str, found: list[Any]) -> None:
    assert contents(text) == found


def test_a_text_that_is_cut_off_keeps_its_cause() -> None:
    [found] = opened(TEXT[:-9])
    assert isinstance(found, Unreadable)
    assert found.cause.startswith("not JSON")


def test_json_of_any_depth_is_searched_without_an_exception() -> None:
    for depth in (100, 1_000, 5_000, 50_000):
        [found] = opened('{"a":' * depth + '"aws.ses"' + "}" * depth)
        assert isinstance(found, Unreadable)


def test_a_broken_event_beside_a_whole_one_is_not_lost() -> None:
    [whole, broken] = opened({"first": TEXT, "second": TEXT[:-9]})
    assert isinstance(whole, Document)
    assert isinstance(broken, Unreadable)
    assert "JSON that is broken" in broken.cause


@pytest.mark.parametrize(
    "message",
    [
        {"values": ["aws.ses"] * (MOST_VALUES + 1)},
        {str(number): {"aws.ses": number} for number in range(MOST_VALUES + 1)},
        {"text": '{"aws.ses": 1}' * (MOST_VALUES + 1)},
    ],
)
def test_the_search_ends_and_says_so(message: Any) -> None:
    found = opened(message)[-1]
    assert isinstance(found, Unreadable)
    assert "more than 10,000 values" in found.cause


def test_the_search_ends_in_the_depth() -> None:
    deep: Any = BOUNCE
    for _ in range(30):
        deep = {"a": deep}
    [found] = opened(deep)
    assert isinstance(found, Unreadable)
    assert "20 levels deep" in found.cause
