"""Reads a backup and trusts nothing: any byte that differs from the manifest is rejected, with the file's name."""

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from ses_feedback import timestamp
from ses_feedback.backup.format import FORMAT, MANIFEST, Manifest, Part, part_name
from ses_feedback.errors import Damaged
from ses_feedback.ledger.items import state_from

MOST_UNPACKED = 1024 * 1024 * 1024
"""No part may unpack to more."""

_MOST_OF_A_LINE = 4 * 1024 * 1024
"""An item has 400 KB at most; JSON may need six bytes for one of its."""

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,38}")


def manifest_from(data: bytes) -> Manifest:
    """Raises `Damaged` if it is not one of our manifests, or contradicts itself."""
    try:
        document = json.loads(data)
        named = document["format"]
        if named != FORMAT:
            raise Damaged(f"{MANIFEST}: its format is {str(named)[:60]!r}; this version reads {FORMAT!r}")
        counts = document.pop("states"), document.pop("events")
        manifest = Manifest(**document | {"parts": tuple(Part(**part) for part in document["parts"])})
        agrees = counts == (manifest.states, manifest.events)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(f"{MANIFEST}: not a manifest: {type(error).__name__}: {error}") from None
    if not agrees:
        raise Damaged(f"{MANIFEST}: its totals are not those of its parts")
    for number, part in enumerate(manifest.parts):
        if part.name != part_name(number):
            raise Damaged(f"{MANIFEST}: part {number} is named {str(part.name)[:60]!r}")
        if any(type(size) is not int or size < 0 for size in _sizes(part)):
            raise Damaged(f"{MANIFEST}: {part.name} has a size or a count that is not a whole number")
    return manifest


def _sizes(part: Part) -> tuple[object, ...]:
    """What the manifest says of a part in numbers, whatever it really says."""
    return part.bytes, part.unpacked_bytes, part.states, part.events


def unpacked(part: Part, data: bytes) -> Iterator[Mapping[str, Any]]:
    """The items of a part, in their order. Raises `Damaged` if any byte differs from what the manifest says.

    The digest is compared before the first item is yielded, the counts after the last.
    """
    if len(data) != part.bytes or hashlib.sha256(data).hexdigest() != part.sha256:
        raise Damaged(f"{part.name}: its bytes are not those of the manifest ({len(data):,} of {part.bytes:,})")
    if part.unpacked_bytes > MOST_UNPACKED:
        raise Damaged(f"{part.name}: the manifest says that it unpacks to {part.unpacked_bytes:,} bytes")
    states = events = size = 0
    for line in lines_of(part.name, data, part.unpacked_bytes):
        size += len(line)
        place = f"{part.name}, line {states + events + 1}"
        item = item_in(line, place)
        if item["sk"]["S"].startswith("S#"):
            raise Damaged(f"{place}: an entry of the index, which no backup holds: it would suppress by itself")
        states += item["sk"]["S"] == "STATE"
        events += item["sk"]["S"] != "STATE"
        yield item
    if (states, events, size) != (part.states, part.events, part.unpacked_bytes):
        raise Damaged(
            f"{part.name}: holds {states:,} states and {events:,} events, not {part.states:,} and {part.events:,}"
        )


def lines_of(name: str, data: bytes, most: int) -> Iterator[bytes]:
    """The lines of packed data. Raises `Damaged` if it does not unpack, or unpacks to more than `most` bytes, or to a
    line that is longer than any item: no more than that is held in memory.
    """
    size, longest = 0, min(most, _MOST_OF_A_LINE)
    try:
        with gzip.open(BytesIO(data)) as stream:
            for line in iter(lambda: stream.readline(longest + 1), b""):
                size += len(line)
                if size > most:
                    raise Damaged(f"{name}: unpacks to more than {most:,} bytes")
                if len(line) > longest:
                    raise Damaged(f"{name}: has a line that is longer than any item")
                yield line
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise Damaged(f"{name}: does not unpack: {error}") from None


def item_in(line: bytes, place: str) -> Mapping[str, Any]:
    """The item of a line. Raises `Damaged` if a ledger cannot hold it."""
    try:
        item: dict[str, Any] = json.loads(line)["Item"]
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        known = pk.startswith("A#") and (sk == "STATE" or sk.startswith(("E#", "S#")))
        for name, value in item.items():
            _check_value(name, value)
        if sk == "STATE":
            _check_state(item)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(f"{place}: not an item of a ledger: {type(error).__name__}: {error}") from None
    if not known:
        raise Damaged(f"{place}: not an item of a ledger")
    return item


def _check_value(name: str, value: Any) -> None:
    """Raises ValueError for what a ledger never holds: DynamoDB might reject it when half of a backup is written."""
    match value:
        case {"S": str(text)} if len(value) == 1:
            texts = [text]
        case {"N": str(number)} if len(value) == 1 and _WHOLE_NUMBER.fullmatch(number):
            texts = []
        case {"SS": [_, *_] as texts} if len(value) == 1 and all(isinstance(text, str) for text in texts):
            pass
        case _:
            raise ValueError(f"{name[:60]!r} is neither a text, nor a whole number, nor a set of texts")
    for text in (name, *texts):
        text.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError


def _check_state(item: Mapping[str, Any]) -> None:
    """Raises ValueError for evidence without a readable time: it would outrank everything for ever."""
    state = state_from(item)
    for stamp in (*state.registers.values(), *(stamp for stamps in state.soft.values() for stamp in stamps)):
        if timestamp.parse(stamp.time) != stamp.time or not stamp.event_id:
            raise ValueError(f"evidence {stamp[:60]!r} is not a time and an event")
