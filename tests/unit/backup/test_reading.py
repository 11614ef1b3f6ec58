"""Backups that are read back: what a manifest and its parts may hold, and that a damaged one is rejected by name."""

import gzip
import hashlib
import json
from copy import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ses_feedback.backup.format import Manifest, Part, new_folder, packed
from ses_feedback.backup.reading import manifest_from, unpacked
from ses_feedback.errors import Damaged
from ses_feedback.settings.file import Settings
from tests.conftest import TABLE
from tests.many_addresses import items_of


def some_part(settings: Settings) -> tuple[Part, bytes]:
    [(part, data)] = packed(items_of(12, settings))
    return part, data


@pytest.mark.parametrize("at", range(0, 1000, 97))
def test_a_part_with_any_changed_byte_is_rejected_before_an_item_is_yielded(settings: Settings, at: int) -> None:
    part, data = some_part(settings)
    at %= len(data)
    damaged = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    with pytest.raises(Damaged, match=r"part-00000.jsonl.gz: its bytes are not those of the manifest"):
        next(iter(unpacked(part, damaged)))


def forged(lines: bytes, **claims: Any) -> tuple[Part, bytes]:
    """A part that hashes as its manifest says, with other content."""
    data = gzip.compress(lines, mtime=0)
    own = {"unpacked_bytes": len(lines), "states": 0, "events": 1} | claims
    digest = hashlib.sha256(data).hexdigest()
    return Part(name="part-00000.jsonl.gz", sha256=digest, bytes=len(data), **own), data


EVENT = b'{"Item":{"pk":{"S":"A#a@example.net"},"sk":{"S":"E#1"}}}\n'
STATE = b'{"Item":{"pk":{"S":"A#a@example.net"},"sk":{"S":"STATE"},"r#user_unknown#production#x":{"S":"%s"}}}\n'


@pytest.mark.parametrize(
    ("lines", "claims", "why"),
    [
        (EVENT, {"events": 2}, "holds 0 states and 1 events, not 0 and 2"),
        (EVENT, {"unpacked_bytes": 10}, "unpacks to more than 10 bytes"),
        (EVENT, {"unpacked_bytes": 99}, "holds 0 states and 1 events"),
        (EVENT, {"unpacked_bytes": 1 << 40}, "unpacks to 1,099,511,627,776"),
        (b"{}\n", {}, "line 1: not an item of a ledger"),
        (b"[" * 100_000, {}, "line 1: not an item of a ledger"),
        (b'{"Item":{"pk":{"S":"T#team"},"sk":{"S":"E#1"}}}\n', {}, "line 1: not an item of a ledger"),
        (STATE % b"9999-99-99|1", {"states": 1, "events": 0}, "line 1: not an item of a ledger"),
        (STATE % b"2026-11-20T09:11:05.000Z", {"states": 1, "events": 0}, "not a time and an event"),
    ],
)
def test_a_part_that_is_not_what_its_manifest_says_is_rejected(lines: bytes, claims: Any, why: str) -> None:
    part, data = forged(lines, **claims)
    with pytest.raises(Damaged, match=why):
        list(unpacked(part, data))


def test_a_part_that_is_not_gzip_is_rejected() -> None:
    part, data = forged(EVENT)
    cut = data[:-9]
    short = replace(part, sha256=hashlib.sha256(cut).hexdigest(), bytes=len(cut))
    with pytest.raises(Damaged, match="does not unpack"):
        list(unpacked(short, cut))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": "ses-feedback-backup/2"}, "its format is 'ses-feedback-backup/2'"),
        ({"events": 5}, "its totals are not those of its parts"),
        ({"parts": [{"name": "../x"}]}, "not a manifest"),
        ({"surprise": 1}, "not a manifest"),
        ({"parts": 3}, "not a manifest"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_rejected(change: Any, why: str) -> None:
    document = json.loads(manifest_with())
    with pytest.raises(Damaged, match=why):
        manifest_from(json.dumps(document | change).encode())


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_a_manifest_is_rejected(data: bytes) -> None:
    with pytest.raises(Damaged, match=r"manifest.json: not a manifest"):
        manifest_from(data)


def test_a_part_may_not_be_named_as_anything_else(settings: Settings) -> None:
    part, _ = some_part(settings)
    other = replace(part, name="../../secret")
    with pytest.raises(Damaged, match="part 0 is named"):
        manifest_from(manifest_with(other))


def test_a_folder_says_table_day_and_time() -> None:
    folder = new_folder("ledger", datetime(2026, 11, 24, 3, 15, 9, tzinfo=UTC), "0f3c")
    assert folder == "ledger/2026/11/24/20261124T031509Z-0f3c"


@pytest.mark.parametrize("field", ["bytes", "unpacked_bytes", "states", "events"])
@pytest.mark.parametrize("value", ["5", None, 1.5, -1, True])
def test_a_manifest_whose_numbers_are_not_whole_is_rejected(settings: Settings, field: str, value: Any) -> None:
    manifest = json.loads(manifest_of(items_of(5, settings)))
    manifest["parts"][0][field] = value
    if field in manifest:
        manifest[field] = value
    with pytest.raises(Damaged, match=r"manifest\.json"):
        manifest_from(json.dumps(manifest).encode())


def test_an_entry_of_the_index_in_a_part_is_rejected() -> None:
    """It would suppress an address without any evidence."""
    line = b'{"Item":{"pk":{"S":"A#a@example.com"},"sk":{"S":"S#global"}}}\n'
    part, data = forged(line)
    with pytest.raises(Damaged, match="an entry of the index"):
        list(unpacked(part, data))


def manifest_of(items: Any) -> bytes:
    return manifest_with(*(part for part, _ in packed(items)))


def manifest_with(*parts: Part) -> bytes:
    started, ended = "2026-11-24T03:15:00.000Z", "2026-11-24T03:16:00.000Z"
    return Manifest(stack="ses-feedback", table=TABLE, started=started, ended=ended, parts=parts).to_json()
