"""Every parser of what comes from outside: whatever it is given, it answers or raises one of its named errors, in
bounded memory. The monsters were met in practice or are the formats' own traps."""

import base64
import gzip
import hashlib
import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.alerts.alert import alert_from
from ses_feedback.alerts.dispatch import read_message
from ses_feedback.archive.reader import read_archive
from ses_feedback.archive.s3_event import objects_in
from ses_feedback.attribute_values import attributes, plain
from ses_feedback.backup.format import Part
from ses_feedback.backup.reading import item_in, manifest_from, unpacked
from ses_feedback.cached_secret import CachedSecret
from ses_feedback.decision.decide import decide
from ses_feedback.errors import Damaged, FinalError, Refusal, Unreadable
from ses_feedback.event_row import EventRow
from ses_feedback.events.document import Document
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import open_text
from ses_feedback.https.request import BasicAuth, body_of
from ses_feedback.https.signature import SnsVerifier
from ses_feedback.ledger.rows import event_row
from ses_feedback.settings.checks import parse_settings
from ses_feedback.strict_json import decode
from ses_feedback.webhook.delivery import id_of
from ses_feedback.webhook.event import application_event, to_json
from ses_feedback_cli.dead_letters.dead_letter import dead_letter_from
from tests.samples import NOW, RAW, SHIPPED, load, shipped_settings
from tests.sns import TOPIC

MOST_MEGABYTES = 64
DEEP = 100_000
SETTINGS = shipped_settings()


class Secrets:
    def get_secret_value(self, **_: str) -> dict[str, str]:
        return {"SecretString": '{"username": "sns", "password": "a-password"}'}


def _auth() -> BasicAuth:
    return BasicAuth(CachedSecret(Secrets(), "x"))  # type: ignore[arg-type]


def read_all(text: str) -> None:
    """A message, all the way to the row that the ledger would be given."""
    for found in open_text(text):
        if isinstance(found, Document):
            reports = read_feedback(found, NOW)
            for report in reports if isinstance(reports, list) else []:
                row = event_row(decide(report, SETTINGS), None, 730).to_item()
                assert len(json.dumps(row).encode()) < 16_000, "a row that grows with what it is told"


def alert_in(text: str) -> None:
    read_message(text, SETTINGS)


def stream_image(text: str) -> None:
    """A row of the ledger's stream whose texts from outside are this text."""
    row = plain(load("dynamodb_stream_alert.json")["Records"][0]["dynamodb"]["NewImage"])
    told = application_event(EventRow.from_item(plain(attributes(row | {"diagnostic": text, "subject": text}))), NOW)
    assert told is None or json.loads(to_json(told))


def letter_in(text: str) -> None:
    attribute = {"StringValue": text}
    named = {"Function": attribute, "Cause": attribute, "Origin": attribute}
    assert dead_letter_from({"MessageId": "1", "Body": text, "Attributes": {}})
    assert dead_letter_from({"MessageId": "1", "Body": text, "MessageAttributes": named})


PARSERS: dict[str, Callable[[str], Any]] = {
    "a message": read_all,
    "an S3 event": lambda text: objects_in(decode(text)),
    "an archived object": lambda text: list(read_archive([text.encode(errors="surrogatepass")])),
    "an alert or a flush": alert_in,
    "an image of the stream": stream_image,
    "a webhook in its queue": id_of,
    "a request's body": lambda text: body_of({"body": text, "headers": {"a": text}}),
    "a request's Base64": lambda text: body_of({"body": text, "isBase64Encoded": True}),
    "a request's password": lambda text: _auth().check({"headers": {"authorization": text}}),
    "an SNS message": lambda text: SnsVerifier([TOPIC], None).verify(text),  # type: ignore[arg-type]
    "the settings": parse_settings,
    "a backup's manifest": lambda text: manifest_from(text.encode(errors="surrogatepass")),
    "a backup's line": lambda text: item_in(text.encode(errors="surrogatepass"), "line 1"),
    "a dead letter": letter_in,
}

MONSTERS: dict[str, str] = {
    "deep lists": "[" * DEEP,
    "deep closed lists": "[" * DEEP + "]" * DEEP,
    "deep objects": '{"a":' * DEEP,
    "deep closed objects": '{"a":' * DEEP + "1" + "}" * DEEP,
    "deep lists in a message": json.dumps({"Type": "Notification", "TopicArn": "t", "Message": "[" * DEEP}),
    "deep TOML": "a = " + "[" * DEEP,
    "deep TOML keys": ".".join("a" * 5000) + " = 1",
    "a number without end": '{"eventType": ' + "9" * 100_000 + "}",
    "NaN": '{"eventType": "Bounce", "x": NaN}',
    "Infinity": '{"eventType": "Bounce", "x": -Infinity}',
    "too large a float": '{"eventType": "Bounce", "mail": 1e999, "Item": {"pk": 1e999}}',
    "floats": '{"eventType": "Bounce", "mail": {"timestamp": 1.5}, "flush": 1.5, "id": 0.1}',
    "a flush of nobody": '{"flush": ["qa"], "at": 1}',
    "duplicate keys": '{"eventType": "Bounce", "eventType": "Delivery", "mail": {}, "mail": []}',
    "a lone surrogate": '{"eventType": "Bounce", "mail": {"messageId": "\\ud800", "\\udfff": "\\ud800"}}',
    "a raw lone surrogate": '{"eventType": "\ud800"}',
    "NUL": "\x00" * 100,
    "UTF-16": '{"eventType": "Bounce"}'.encode("utf-16").decode("latin-1"),
    "a byte order mark": "\ufeff{}",
    "400 KB of text": json.dumps({"eventType": "Bounce", "mail": {"messageId": "x" * 400_000}}),
    "400 KB of quotes": '"' * 400_000,
    "400 KB of backslashes": '{"a": "' + "\\" * 400_000,
    "400 KB of commas": "[" + "1," * 200_000,
    "100,000 records": json.dumps({"Records": [0] * 100_000}),
    "a hash bomb's worth of keys": json.dumps({f"k{n}": n for n in range(50_000)}),
    "an empty text": "",
    "null": "null",
    "an empty object": "{}",
}


@pytest.mark.parametrize("monster", MONSTERS)
@pytest.mark.parametrize("parser", PARSERS)
def test_no_monster_raises_anything_but_a_named_error(parser: str, monster: str) -> None:
    ends_well(PARSERS[parser], MONSTERS[monster])


def ends_well(parse: Callable[[str], Any], text: str) -> None:
    with suppress(FinalError):
        parse(text)


@pytest.mark.parametrize("monster", ["deep closed lists", "400 KB of text", "100,000 records"])
@pytest.mark.parametrize("parser", PARSERS)
def test_no_monster_uses_much_memory(parser: str, monster: str) -> None:
    assert megabytes_of(lambda: ends_well(PARSERS[parser], MONSTERS[monster])) < MOST_MEGABYTES


def megabytes_of(call: Callable[[], Any]) -> float:
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


leaves: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        [None, True, 0, -1, 1.5, float("inf"), 10**400, "", "\ud800", "x" * 300_000, [], {}, [[]], {"": ""}]
    ),
    st.text(max_size=20),
    st.lists(st.none() | st.text(max_size=3) | st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


def places_in(content: Any, *above: Any) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document, however deep."""
    steps = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for step, value in steps:
        yield (*above, step)
        yield from places_in(value, *above, step)


SAMPLES = [*RAW, "eventbridge_sending_disabled.json", "eventbridge_rate_alarm.json", "eventbridge_advisor_open.json"]


@given(st.data())
@pytest.mark.parametrize("name", SAMPLES)
def test_a_document_with_anything_in_any_place_is_read_or_named_unreadable(name: str, data: st.DataObject) -> None:
    content = load(name)
    *path, last = data.draw(st.sampled_from(list(places_in(content))))
    holder = content
    for step in path:
        holder = holder[step]
    holder[last] = data.draw(leaves)
    ends_well(read_all, json.dumps(content))


@given(st.text(max_size=60), st.sampled_from(sorted(PARSERS)))
def test_no_text_raises_anything_but_a_named_error(text: str, parser: str) -> None:
    ends_well(PARSERS[parser], text)


@given(st.data())
def test_settings_with_any_value_at_any_line_are_accepted_or_named_invalid(data: st.DataObject) -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    at = data.draw(st.sampled_from([n for n, line in enumerate(lines) if " = " in line]))
    value = data.draw(
        st.sampled_from(["nan", "inf", "1979-05-27", "[]", "{}", "''", "0", "-1", "true", "[[]]", '"*"'])
    )
    lines[at] = f"{lines[at].partition(' = ')[0]} = {value}"
    ends_well(parse_settings, "\n".join(lines))


image_values: st.SearchStrategy[Any] = st.sampled_from(
    [
        {"S": "x"},
        {"S": 1},
        {"N": "1.5"},
        {"N": "NaN"},
        {"SS": []},
        {"SS": [1]},
        {"M": {}},
        {"NULL": True},
        5,
        {},
        None,
    ]
)


@given(st.dictionaries(st.sampled_from(["pk", "sk", "rev", "r#a#b", "r#x#y#z", "s#x#y#z", "kind"]), image_values))
def test_a_line_of_a_backup_with_any_values_is_an_item_of_the_ledger_or_damaged(item: dict[str, Any]) -> None:
    keys = {"pk": {"S": "A#a@example.net"}, "sk": {"S": "STATE"}}
    for one in (item, keys | item, keys | item | {"sk": {"S": "E#1"}}):
        ends_well(PARSERS["a backup's line"], json.dumps({"Item": one}))


@pytest.mark.parametrize("value", [5, None, {}, {"S": 1}, {"N": "1.5"}, {"N": "NaN"}, {"SS": []}, {"S": "\ud800"}])
def test_a_line_that_dynamodb_would_refuse_is_refused_before_anything_is_written(value: Any) -> None:
    item = {"pk": {"S": "A#a@example.net"}, "sk": {"S": "E#1"}, "diagnostic": value}
    with pytest.raises(Damaged, match="not an item of a ledger"):
        item_in(json.dumps({"Item": item}).encode(), "line 1")


@cache
def bomb() -> bytes:
    """A gzip of one megabyte that holds one gigabyte, as one line."""
    return gzip.compress(b"x" * (16 << 20), mtime=0) * 64


def test_a_backup_of_a_megabyte_that_holds_a_gigabyte_is_refused_in_little_memory() -> None:
    data = bomb()
    assert len(data) < 1_200_000
    digest = hashlib.sha256(data).hexdigest()
    part = Part(
        name="part-00000.jsonl.gz", sha256=digest, bytes=len(data), unpacked_bytes=1 << 30, states=0, events=1
    )

    def read() -> None:
        with pytest.raises(Damaged, match="longer than any item"):
            list(unpacked(part, data))

    assert megabytes_of(read) < MOST_MEGABYTES


@pytest.mark.parametrize("at", ["soon", 1.5, [1], {}])
def test_a_flush_without_a_valid_time_is_unreadable_and_not_retried_ten_times(at: Any) -> None:
    with pytest.raises(Unreadable, match="not a time in milliseconds"):
        alert_in(json.dumps({"flush": "qa", "at": at}))


@pytest.mark.parametrize("body", ["\u00fc", "a", "====", "\ud800", base64.b64encode(b"\xff").decode()])
def test_a_body_that_is_not_base64_of_utf8_is_refused(body: str) -> None:
    with pytest.raises(Refusal, match=r"not UTF-8"):
        body_of({"body": body, "isBase64Encoded": True})


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("kind", "alert", "effect", "until"), leaves)))
def test_an_alert_with_anything_in_it_is_read_or_named_unreadable(change: dict[str, Any]) -> None:
    row = plain(load("dynamodb_stream_alert.json")["Records"][0]["dynamodb"]["NewImage"])
    with suppress(Unreadable):
        assert alert_from(row | change).team
