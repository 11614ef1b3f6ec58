"""The fast way reads what the careful way reads, or leaves the message to it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.ordinary_event import read_ordinary
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import open_envelope
from tests.samples import NOW, RAW, changed, load

ORDINARY = [name for name in RAW if any(word in name for word in ("bounce", "complaint", "delivery.json"))]
NOTIFICATION: dict[str, Any] = json.loads(load("sqs_bounce.json")["Records"][0]["body"])


def in_notification(document: Any) -> dict[str, Any]:
    return NOTIFICATION | {"Message": json.dumps(document)}


def careful(text: str) -> list[Feedback] | str:
    """What the careful way says: its feedback, or its words where there is none."""
    try:
        [opened] = open_envelope(json.loads(text))
        if isinstance(opened, NoFeedback | Unreadable):
            return str(opened)
        found = read_feedback(opened, NOW)
        return found if isinstance(found, list) else found.why
    except Unreadable as unreadable:
        return str(unreadable)


def fast(document: Document) -> list[Feedback] | str:
    try:
        found = read_feedback(document, NOW)
        return found if isinstance(found, list) else found.why
    except Unreadable as unreadable:
        return str(unreadable)


def says_the_same(message: Any) -> None:
    text = json.dumps(message)
    if (document := read_ordinary(text)) is not None:
        assert fast(document) == careful(text)


def places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every value in a document, itself excluded."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in pairs:
        yield (*path, str(name))
        yield from places(inner, (*path, str(name)))


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize("wrap", [dict, in_notification])
def test_every_sample_of_a_bounce_complaint_or_delivery_is_read_at_once_and_alike(name: str, wrap: Any) -> None:
    text = json.dumps(wrap(load(name)))
    document = read_ordinary(text)
    assert document is not None
    assert document.event is not None
    assert fast(document) == careful(text)


@pytest.mark.parametrize("name", [name for name in RAW if name not in ORDINARY])
def test_other_types_are_left_to_the_careful_way(name: str) -> None:
    assert read_ordinary(json.dumps(load(name))) is None


@pytest.mark.parametrize("name", ORDINARY)
def test_a_document_that_was_read_at_once_still_has_its_content(name: str) -> None:
    document = read_ordinary(json.dumps(in_notification(load(name))))
    assert document is not None
    assert document.content == load(name)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["", "Bounce", "Received", "2026-11-20", "9999-01-01T00:00:00.000Z", "Jane <jane@example.com>"]),
    st.lists(st.text(max_size=5), max_size=2),
    st.dictionaries(st.sampled_from(["emailAddress", "name", "mail", "x"]), st.text(max_size=5), max_size=2),
)


@given(st.data())
def test_an_event_with_anything_in_any_place_is_read_alike_or_left(data: st.DataObject) -> None:
    document = load(data.draw(st.sampled_from(ORDINARY)))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from([path for path in places(document) if "." not in "".join(path)]))
        document = changed(document, ".".join(place), data.draw(ODD))
    says_the_same(document)
    says_the_same(in_notification(document))


@given(st.sampled_from(["Records", "mail", "eventType", "notificationType", "Type", "TopicArn", "Timestamp"]), ODD)
@example("Records", [])
@example("mail", {"messageId": "1"})
@example("TopicArn", "")
def test_an_envelope_with_anything_in_it_is_read_alike_or_left(key: str, value: Any) -> None:
    says_the_same(in_notification(load("ses/event_bounce.json")) | {key: value})


@pytest.mark.parametrize(
    "headers",
    [
        [{"name": "Sender", "value": "boss@example.org"}],
        [{"name": "SENDER", "value": "boss@example.org"}],
        [{"name": "From", "value": "a@example.org"}, {"name": "from", "value": "b@example.org"}],
        [{"name": "Message-ID", "value": "<own@example.org>"}, {"name": "subject", "value": "Hello"}],
    ],
)
@pytest.mark.parametrize("author", [["Jane <jane@example.com>"], ["nobody at all"], [], "jane@example.com", None])
def test_headers_count_where_the_common_ones_lack_something(headers: Any, author: Any) -> None:
    event = changed(load("ses/event_bounce.json"), "mail.headers", headers)
    for common in ({"from": author}, {"from": author, "subject": "S", "messageId": "<m@example.org>"}, {}):
        says_the_same(changed(event, "mail.commonHeaders", common))


def test_a_header_whose_name_is_escaped_is_found() -> None:
    event = changed(load("ses/event_bounce.json"), "mail.headers", [{"name": "SENDER_", "value": "boss@example.org"}])
    text = json.dumps(event).replace("SENDER_", "\\u0053ender")
    document = read_ordinary(text)
    assert document is not None
    assert fast(document) == careful(text)
    assert "boss@example.org" in str(fast(document))


@pytest.mark.parametrize("text", ["", "null", "[]", '"Message"', '{"Message":1}', "{" * 100_000, '{"mail":{}}'])
def test_what_is_no_event_is_left_to_the_careful_way(text: str) -> None:
    assert read_ordinary(text) is None
