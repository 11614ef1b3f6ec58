"""An archive object cut at every byte and delimited in every way keeps all its whole records."""

import gzip
import json
from collections.abc import Iterator
from itertools import accumulate

import pytest

from ses_feedback.archive.reader import Record, read_archive
from tests.faults.figures import note
from tests.faults.sizes import CUT_STRIDE
from tests.samples import load

pytestmark = pytest.mark.records

NAMES = ("identity_bounce", "identity_complaint", "event_reject", "event_send")
TEXTS = [json.dumps(load(f"ses/{name}.json"), ensure_ascii=False).encode() for name in NAMES]
DELIMITERS = {
    **{"newline": b"\n", "none": b"", "crlf": b"\r\n", "comma": b",", "comma and newline": b",\n", "blank": b" "},
    **{"tab": b"\t", "nul": b"\x00", "empty lines": b"\n\n\n", "mark": b"\xef\xbb\xbf"},
}


def whole(data: bytes, chunk: int = 4096) -> list[object]:
    return [entry.content for entry in read_archive(_chunks(data, chunk)) if isinstance(entry, Record)]


def _chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def test_cut_at_any_byte_the_records_before_the_cut_are_kept() -> None:
    cuts, expected = 0, [json.loads(text) for text in TEXTS]
    for name, delimiter in DELIMITERS.items():
        ends = list(accumulate(len(text) + len(delimiter) for text in TEXTS))
        data = delimiter.join(TEXTS)
        for cut in range(0, len(data) + 1, CUT_STRIDE):
            complete = sum(end - len(delimiter) <= cut for end in ends)
            assert whole(data[:cut])[:complete] == expected[:complete], f"{name}: cut at {cut}"
            cuts += 1
    figure = f"{cuts:,} objects cut short, {len(DELIMITERS)} delimiters: all whole records kept"
    note("archive objects cut", "the reader alone", figure, "test_archive_cuts.py")


@pytest.mark.parametrize("delimiter", DELIMITERS.values(), ids=DELIMITERS.keys())
def test_without_its_beginning_the_records_after_the_cut_are_kept(delimiter: bytes) -> None:
    starts = [0, *accumulate(len(text) + len(delimiter) for text in TEXTS)][: len(TEXTS)]
    data, expected = delimiter.join(TEXTS), [json.loads(text) for text in TEXTS]
    for cut in range(0, len(data), CUT_STRIDE):
        kept = sum(start >= cut for start in starts)
        records = whole(data[cut:])
        assert records[len(records) - kept :] == expected[len(TEXTS) - kept :], f"cut at {cut}"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_chunks_of_any_size_hold_the_same(size: int) -> None:
    data = b"\n".join(TEXTS)
    assert whole(data, size) == whole(gzip.compress(data), size) == [json.loads(text) for text in TEXTS]


def test_a_gzip_object_cut_at_any_byte_keeps_what_can_be_inflated() -> None:
    expected = [json.loads(text) for text in TEXTS]
    data = b"".join(gzip.compress(text + b"\n") for text in TEXTS)
    ends = list(accumulate(len(gzip.compress(text + b"\n")) for text in TEXTS))
    for cut in range(0, len(data) + 1, CUT_STRIDE):
        complete = sum(end <= cut for end in ends)
        assert whole(data[:cut])[:complete] == expected[:complete], f"cut at {cut}"
