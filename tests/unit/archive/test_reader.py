"""Every whole record of an object is read, whatever surrounds it, and a broken one costs only itself."""

import gzip
import json
import random
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.archive.reader import Broken, Record, read_archive
from tests.samples import EVENTS, RAW, changed, load

BOUNCE = load("ses/event_bounce.json")
SAMPLES = [load(name) for name in RAW if "event_" in name]
SMALL = {"eventType": "Send", "mail": {"messageId": "ü\U0001f600", "quoted": '}{"eventType": [ \\'}}


def chunked(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def read(data: bytes, size: int = 4096) -> list[Record | Broken]:
    return list(read_archive(chunked(data, size)))


def contents(data: bytes, size: int = 4096) -> list[Any]:
    return [found.content for found in read(data, size) if isinstance(found, Record)]


def kinds(data: bytes) -> list[type]:
    return [type(found) for found in read(data)]


def joined(documents: list[Any], delimiter: str) -> bytes:
    return delimiter.join(json.dumps(document, ensure_ascii=False) for document in documents).encode()


@pytest.mark.parametrize("delimiter", ["\n", "", "\r\n", ",", " ", "\n\n", "\x00", ", \n"])
@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_every_document_is_found_whatever_delimits_it_and_however_it_is_cut(delimiter: str, size: int) -> None:
    documents = [SMALL, SAMPLES[0], {}, SMALL]
    assert contents(joined(documents, delimiter), size) == documents


@pytest.mark.parametrize("size", [1, 10, 4096])
def test_gzip_is_read_as_plain_text_is(size: int) -> None:
    assert contents(gzip.compress(joined(SAMPLES, "\n")), size) == SAMPLES


def test_several_gzip_members_are_one_object() -> None:
    data = gzip.compress(joined(SAMPLES[:3], "\n")) + gzip.compress(joined(SAMPLES[3:], "\n"))
    assert contents(data, 13) == SAMPLES


def test_a_json_array_is_read_as_its_documents() -> None:
    assert contents(json.dumps(SAMPLES).encode()) == SAMPLES


def test_an_indented_document_is_one_document() -> None:
    assert contents(json.dumps(SAMPLES[0], indent=2).encode(), 5) == [SAMPLES[0]]


def test_a_byte_order_mark_is_not_a_document() -> None:
    assert contents(b"\xef\xbb\xbf" + joined([SMALL], "")) == [SMALL]


@pytest.mark.parametrize("data", [b"", b"\n", gzip.compress(b"", mtime=0), b" \n\x00"])
def test_an_empty_object_holds_nothing(data: bytes) -> None:
    assert read(data) == []


def test_an_offset_is_where_the_document_begins() -> None:
    data = joined([SMALL, SAMPLES[0], SMALL], "\n\n")
    for found in read(data, 11):
        assert json.loads(data[found.offset :].decode().split("\n")[0]) == found.content  # type: ignore[union-attr]


def test_the_samples_are_read_as_their_readme_says() -> None:
    data = (EVENTS / "archive/production-2026-11-20.jsonl.gz").read_bytes()
    assert len(contents(data)) == 400
    assert kinds(data).count(Broken) == 1
    assert len(contents((EVENTS / "archive/undelimited.json").read_bytes())) == 5


# --- What is broken -----------------------------------------------------------------------------------------

BROKEN = {
    "cut off": b'{"eventType":"Bounce","mail":{"messageId":"ab',
    "cut off behind a string": b'{"eventType":"Bounce"',
    "cut off in a word": b'{"eventType":tru',
    "no JSON": b"hello world",
    "a stray brace": b'}{"',
    "not a number": b'{"eventType":NaN}',
    "a number": b"12",
    "a text": b'"text"',
    "too deep": b'{"a":' * 20_000,
    "too deep, and not ASCII": '{"a":"é","b":'.encode() * 20_000,
    "a huge number": b'{"n":' + b"9" * 5000 + b"}",
    "nothing but bytes": bytes(range(128, 256)),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("size", [3, 100_000])
def test_a_broken_line_costs_only_itself(broken: bytes, size: int) -> None:
    if len(broken) > 10_000 and size < 10:
        size = 5000  # a document is tried again with each chunk
    data = joined([SMALL], "") + b"\n" + broken + b"\n" + joined([SAMPLES[0], SMALL], "\n")
    found = read(data, size)
    assert [type(one) for one in found] == [Record, Broken, Record, Record]
    assert found[1].offset == data.index(broken)


def test_a_document_cut_off_on_a_line_with_others_costs_only_itself() -> None:
    cut = b'{"eventType":"Bounce","mail":{"messageId":"ab'
    data = joined([SMALL], "") + cut + joined([SAMPLES[0], SMALL], "")
    assert contents(data)[0] == SMALL
    assert contents(data)[-1] == SMALL
    assert Broken in kinds(data)


def test_two_broken_lines_are_two_records() -> None:
    assert kinds(b'{"eventType":\n{"eventType":\n' + joined([SMALL], "")) == [Broken, Broken, Record]


def test_what_is_broken_says_where_and_why_and_shows_its_beginning() -> None:
    [_, broken] = read(joined([SMALL], "") + b'\n{"eventType":"Bo\xc3\xbc')
    assert isinstance(broken, Broken)
    assert broken.offset == len(joined([SMALL], "")) + 1
    assert broken.excerpt == '{"eventType":"Boü'
    assert "not JSON: Unterminated string" in broken.unreadable.cause


def test_an_excerpt_is_short() -> None:
    [broken] = read(b'{"a":"' + b"x" * 100_000)
    assert isinstance(broken, Broken)
    assert len(broken.excerpt) == 2000


def test_bytes_that_are_not_utf8_are_replaced() -> None:
    assert contents(b'{"eventType":"\xff\xfe"}') == [{"eventType": "\ufffd\ufffd"}]


def test_lone_surrogates_are_replaced() -> None:
    assert contents(rb'{"eventType":"\ud800"}') == [{"eventType": "\ufffd"}]


def test_a_document_longer_than_any_event_is_given_up() -> None:
    found = read(b'{"eventType":"' + b"x" * 5_000_000 + b'"}\n' + joined([SMALL], ""), 1 << 20)
    assert [type(one) for one in found] == [Broken, Record]


@given(st.integers(0, 10_000), st.sampled_from(["\n", ""]), st.integers(1, 3000))
def test_whole_records_survive_every_cut(at: int, delimiter: str, size: int) -> None:
    data = joined(SAMPLES[:4], delimiter)
    at = min(at, len(data))
    whole = sum(len(joined(SAMPLES[:number], delimiter)) <= at for number in range(1, 5))
    assert contents(data[:at], size) == SAMPLES[:whole]


@given(st.integers(0, 10_000), st.integers(1, 3000))
def test_records_before_a_hole_and_after_it_survive(at: int, size: int) -> None:
    data = joined([SMALL, BOUNCE, SMALL], "\n")
    start = len(joined([SMALL], "")) + 1
    at = min(start + 1 + at, len(data) - len(joined([SMALL], "")) - 2)
    found = contents(data[:at] + b"\n" + joined([SMALL], ""), size)
    assert (found[0], found[-1]) == (SMALL, SMALL)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_no_bytes_raise(data: bytes, size: int) -> None:
    assert all(isinstance(found, Record | Broken) for found in read(data, size))
    assert all(isinstance(found, Record | Broken) for found in read(b"\x1f\x8b" + data, size))


# --- gzip ---------------------------------------------------------------------------------------------------


def test_the_whole_records_of_a_truncated_gzip_survive() -> None:
    found = read(gzip.compress(joined([changed(BOUNCE, "mail.messageId", str(n)) for n in range(200)], "\n"))[:-200])
    assert sum(isinstance(one, Record) for one in found) > 100
    assert isinstance(found[-1], Broken)
    assert found[-1].unreadable.cause == "the gzip stream is cut off"


@pytest.mark.parametrize("offset", [30, -5])
def test_a_damaged_gzip_is_reported_once(offset: int) -> None:
    data = bytearray(gzip.compress(joined(SAMPLES, "\n")))
    data[offset] ^= 0xFF
    causes = [found.unreadable.cause for found in read(bytes(data)) if isinstance(found, Broken)]
    assert "the gzip stream is damaged" in causes[-1]
    assert sum("gzip" in cause for cause in causes) == 1


def test_garbage_behind_a_gzip_costs_nothing_before_it() -> None:
    data = gzip.compress(joined(SAMPLES, "\n")) + b"garbage"
    assert contents(data) == SAMPLES


def bomb(megabytes: int, beginning: bytes) -> bytes:
    """A small gzip of many megabytes, made piece by piece."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [deflate.compress(beginning), *(deflate.compress(b"x" * (1 << 20)) for _ in range(megabytes))]
    return b"".join((*pieces, deflate.flush()))


@pytest.mark.slow
@pytest.mark.parametrize("beginning", [b'{"eventType":"', b"", b"[" * 100])
def test_a_gzip_bomb_is_read_in_bounded_memory(beginning: bytes) -> None:
    data = bomb(64, beginning)
    tracemalloc.start()
    found = read(data, 64 * 1024)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [type(one) for one in found] == [Broken]
    assert peak < 24 * 1024 * 1024


@pytest.mark.slow
def test_a_large_object_is_read_in_bounded_memory() -> None:
    line = json.dumps(BOUNCE).encode() + b"\n"
    deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
    data = b"".join((*(deflate.compress(line) for _ in range(6000)), deflate.flush()))
    tracemalloc.start()
    number = sum(isinstance(found, Record) for found in read_archive(chunked(data, 64 * 1024)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert number == 6000
    assert peak < 4 * 1024 * 1024


@pytest.mark.parametrize("seed", range(20))
def test_shuffled_damage_never_hides_an_untouched_line(seed: int) -> None:
    chance = random.Random(seed)
    lines = [json.dumps(changed(SMALL, "mail.messageId", str(number))).encode() for number in range(60)]
    damaged = set(chance.sample(range(60), 15))
    for number in damaged:
        at = chance.randrange(1, len(lines[number]))
        lines[number] = lines[number][:at]
    found = contents(b"\n".join(lines), chance.choice([17, 400, 1 << 20]))
    kept = [content["mail"]["messageId"] for content in found if "mail" in content]
    assert kept == [str(number) for number in range(60) if number not in damaged]


def test_an_object_of_brackets_alone_is_broken_and_not_silently_empty() -> None:
    [broken] = read_archive([b"[[[["])
    assert isinstance(broken, Broken)
    assert broken.unreadable.cause == "brackets and no document"
