"""A backup of the ledger, as it stands in a bucket: parts, and a manifest that is written last.

    <table>/<yyyy>/<mm>/<dd>/<time>-<random>/part-00000.jsonl.gz    gzip, a line per item: {"Item": {...}}
                                             part-00001.jsonl.gz
                                             manifest.json          what the parts are, or the backup is incomplete

A line is an item in DynamoDB's own JSON, as DynamoDB's export to S3 writes it too. States and events are kept; the
index of who is suppressed is not, since it follows from them.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from ses_feedback import timestamp
from ses_feedback.errors import SesFeedbackError
from ses_feedback.ledger_items import state_from

FORMAT = "ses-feedback-backup/1"
MANIFEST = "manifest.json"
PART_BYTES = 64 * 1024 * 1024
"""Unpacked; packed it is some 7 MB. A part is held in memory while it is made, and again while it is restored."""

MOST_UNPACKED = 1024 * 1024 * 1024
"""No part may unpack to more."""


class Damaged(SesFeedbackError):
    """A backup, or an object of it, that must not be restored: what is wrong, and where."""


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a backup: its name beside the manifest, the hash and size of its bytes, and what it holds."""

    name: str
    sha256: str
    bytes: int
    unpacked_bytes: int
    states: int
    events: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """All parts of one backup. `started` and `ended` (UTC texts) bound the time in which its items were read."""

    stack: str
    table: str
    started: str
    ended: str
    parts: tuple[Part, ...]
    format: str = FORMAT

    @property
    def states(self) -> int:
        return sum(part.states for part in self.parts)

    @property
    def events(self) -> int:
        return sum(part.events for part in self.parts)

    def to_json(self) -> bytes:
        counts = {"states": self.states, "events": self.events}
        return json.dumps(asdict(self) | counts, indent=1).encode()


def new_folder(table: str, now: datetime, unique: str) -> str:
    """Where a backup goes. `unique` must never repeat: then no key does, and nothing is ever written over."""
    return f"{table}/{now:%Y/%m/%d}/{now:%Y%m%dT%H%M%SZ}-{unique}"


def manifest_from(data: bytes) -> Manifest:
    """Raises `Damaged` where it is no manifest of ours, or does not agree with itself."""
    try:
        document = json.loads(data)
        found = document["format"]
        if found != FORMAT:
            raise Damaged(f"{MANIFEST}: its format is {str(found)[:60]!r}; this version reads {FORMAT!r}")
        counts = document.pop("states"), document.pop("events")
        manifest = Manifest(**document | {"parts": tuple(Part(**part) for part in document["parts"])})
        agrees = counts == (manifest.states, manifest.events)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(f"{MANIFEST}: not a manifest: {type(error).__name__}: {error}") from None
    if not agrees:
        raise Damaged(f"{MANIFEST}: its totals are not those of its parts")
    for number, part in enumerate(manifest.parts):
        if part.name != part_name(number):
            raise Damaged(f"{MANIFEST}: part {number} is called {str(part.name)[:60]!r}")
    return manifest


def part_name(number: int) -> str:
    return f"part-{number:05d}.jsonl.gz"


def packed(items: Iterable[Mapping[str, Any]], part_bytes: int = PART_BYTES) -> Iterator[tuple[Part, bytes]]:
    """Packs items into parts of about `part_bytes`, one at a time; what is no state or event is left out."""
    number, packer = 0, _Packer()
    for item in items:
        if packer.add(item) and packer.unpacked >= part_bytes:
            yield packer.close(part_name(number))
            number, packer = number + 1, _Packer()
    if packer.lines:
        yield packer.close(part_name(number))


class _Packer:
    """One part in the making."""

    def __init__(self) -> None:
        self._zip = zlib.compressobj(wbits=31)  # gzip, without a time: the same items pack to the same bytes
        self._packed: list[bytes] = []
        self._states = self._events = self.unpacked = 0

    @property
    def lines(self) -> int:
        return self._states + self._events

    def add(self, item: Mapping[str, Any]) -> bool:
        kind = item["sk"]["S"][:2]
        if kind not in ("ST", "E#"):
            return False
        line = json.dumps({"Item": item}, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        self._packed.append(self._zip.compress(line))
        self.unpacked += len(line)
        self._states += kind == "ST"
        self._events += kind == "E#"
        return True

    def close(self, name: str) -> tuple[Part, bytes]:
        data = b"".join((*self._packed, self._zip.flush()))
        digest = hashlib.sha256(data).hexdigest()
        return Part(name, digest, len(data), self.unpacked, self._states, self._events), data


def unpacked(part: Part, data: bytes) -> Iterator[Mapping[str, Any]]:
    """The items of a part, in their order. Raises `Damaged` unless it is, to the byte, what the manifest says.

    The hash is compared before the first item is given, the counts after the last.
    """
    if len(data) != part.bytes or hashlib.sha256(data).hexdigest() != part.sha256:
        raise Damaged(f"{part.name}: its bytes are not those of the manifest ({len(data):,} of {part.bytes:,})")
    if part.unpacked_bytes > MOST_UNPACKED:
        raise Damaged(f"{part.name}: the manifest says that it unpacks to {part.unpacked_bytes:,} bytes")
    states = events = size = 0
    for line in lines_of(part.name, data, part.unpacked_bytes):
        size += len(line)
        item = item_in(line, f"{part.name}, line {states + events + 1}")
        states += item["sk"]["S"] == "STATE"
        events += item["sk"]["S"] != "STATE"
        yield item
    if (states, events, size) != (part.states, part.events, part.unpacked_bytes):
        raise Damaged(
            f"{part.name}: holds {states:,} states and {events:,} events, not {part.states:,} and {part.events:,}"
        )


def lines_of(name: str, data: bytes, most: int) -> Iterator[bytes]:
    """The lines of packed data. Raises `Damaged` where it does not unpack, or to more than `most` bytes."""
    size = 0
    try:
        with gzip.open(BytesIO(data)) as stream:
            for line in iter(lambda: stream.readline(most + 1), b""):
                size += len(line)
                if size > most:
                    raise Damaged(f"{name}: unpacks to more than {most:,} bytes")
                yield line
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise Damaged(f"{name}: does not unpack: {error}") from None


def item_in(line: bytes, place: str) -> Mapping[str, Any]:
    """The item of a line. Raises `Damaged` where it is no item that a ledger can hold."""
    try:
        item: dict[str, Any] = json.loads(line)["Item"]
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        known = pk.startswith("A#") and (sk == "STATE" or sk.startswith(("E#", "S#")))
        if sk == "STATE":
            _check_state(item)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(f"{place}: not an item of a ledger: {type(error).__name__}: {error}") from None
    if not known:
        raise Damaged(f"{place}: not an item of a ledger")
    return item


def _check_state(item: Mapping[str, Any]) -> None:
    """Raises ValueError for evidence without a readable time: it would stand above everything for ever."""
    state = state_from(item)
    for value in (*state.registers.values(), *(one for values in state.soft.values() for one in values)):
        time, separator, event_id = value.partition("|")
        if timestamp.parse(time) != time or not separator or not event_id:
            raise ValueError(f"evidence {value[:60]!r} is no time and event")
