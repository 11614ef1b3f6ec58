"""A backup of the ledger, as it is stored in a bucket: parts, and a manifest that is written last.

    <table>/<yyyy>/<mm>/<dd>/<time>-<random>/part-00000.jsonl.gz    gzip, a line per item: {"Item": {...}}
                                             part-00001.jsonl.gz
                                             manifest.json          what the parts are; without it, no backup

A line is an item in DynamoDB's own JSON, as DynamoDB's export to S3 writes it too. It holds states
and events; the index of who is suppressed is left out, since it follows from them.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

FORMAT = "ses-feedback-backup/1"
MANIFEST = "manifest.json"
PART_BYTES = 64 * 1024 * 1024
"""Unpacked; packed it is about 7 MB. A part is held in memory while it is made, and again while it is restored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One object of a backup: its name beside the manifest, the hash and size of its bytes, and what it holds."""

    name: str
    sha256: str
    bytes: int
    unpacked_bytes: int
    states: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
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
    """Where a backup goes. `unique` must never repeat: then no key does, and nothing is ever overwritten."""
    return f"{table}/{now:%Y/%m/%d}/{now:%Y%m%dT%H%M%SZ}-{unique}"


def part_name(number: int) -> str:
    return f"part-{number:05d}.jsonl.gz"


def packed(items: Iterable[Mapping[str, Any]], part_bytes: int = PART_BYTES) -> Iterator[tuple[Part, bytes]]:
    """Packs items into parts of about `part_bytes`, one at a time; all but states and events is left out."""
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
        part = Part(
            name=name,
            sha256=hashlib.sha256(data).hexdigest(),
            bytes=len(data),
            unpacked_bytes=self.unpacked,
            states=self._states,
            events=self._events,
        )
        return part, data
