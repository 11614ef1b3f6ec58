"""Lists as JSON: one document with a list in it, or an object per line."""

import json
from collections.abc import Iterator
from typing import IO, Any

from ses_feedback_cli.lists.errors import UnusableList
from ses_feedback_cli.lists.parts import lines_of

_LARGEST = 512 << 20
"""Characters of a document. A million entries have about 150 MB."""


def is_json(text: IO[str]) -> bool:
    return text.read(256).lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def objects_in(text: IO[str]) -> Iterator[tuple[int, dict[str, str] | None]]:
    """The entries as cells, with keys in lower case, None for one that is not an object; the line of each, or its
    number in a document. A document is read as a whole.
    """
    first = text.readline(_LARGEST)
    if (entry := _object(first)) is not None and _list_in(entry) is None:
        yield 1, _cells(entry)
        yield from _lines(text)
        return
    document = first + text.read(_LARGEST)
    if len(document) > _LARGEST:
        raise UnusableList(f"more than {_LARGEST >> 20} MB are too large for one document: write a line per object")
    try:
        found = _list_in(json.loads(document))
    except RecursionError:
        found = None
    except ValueError as error:
        raise UnusableList(f"the JSON is broken or cut off ({error}): export it again") from None
    if found is None:
        raise UnusableList("the JSON has no list of entries")
    for number, entry in enumerate(found, 1):
        yield number, _cells(entry) if isinstance(entry, dict) else None


def _lines(text: IO[str]) -> Iterator[tuple[int, dict[str, str] | None]]:
    for number, line in enumerate(lines_of(text, before=1), 2):
        if line.strip():
            entry = _object(line)
            if entry is None and not line.endswith("\n"):
                raise UnusableList(f"it is cut off in line {number}: export it again")
            yield number, None if entry is None else _cells(entry)


def _object(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _list_in(document: object) -> list[Any] | None:
    """The document itself, or the one list in it."""
    if isinstance(document, list):
        return document
    lists = [value for value in document.values() if isinstance(value, list)] if isinstance(document, dict) else []
    return lists[0] if len(lists) == 1 else None


def _cells(entry: dict[str, Any], above: str = "") -> dict[str, str]:
    cells: dict[str, str] = {}
    for name, value in entry.items():
        key = f"{above}{name}".lower()
        if isinstance(value, dict) and not above:
            cells |= _cells(value, f"{key}.")
        else:
            cells[key] = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return cells
