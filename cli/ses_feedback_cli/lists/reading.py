"""Reads a list: finds its format, then gives its entries one by one, with the line of each."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import IO

from ses_feedback.decision.imported import Listing
from ses_feedback_cli.lists.cells import fused
from ses_feedback_cli.lists.errors import UnusableList
from ses_feedback_cli.lists.formats import FORMATS, Cells, Format
from ses_feedback_cli.lists.json_lists import is_json, objects_in
from ses_feedback_cli.lists.parts import LONGEST, Part, in_words, lines_of, parts_of
from ses_feedback_cli.lists.recognising import recognised, recognised_bare

csv.field_size_limit(LONGEST)

_NOT_SUPPRESSED = ("subscribed", "nonsubscribed")
"""What the members of Mailchimp's ZIP begin with that do not list suppressions."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a list. `listing` is None where it suppresses nobody, or where it is invalid: then `cause` says why.
    `row` is its text, as far as it was read.
    """

    file: str
    line: int
    format: Format
    listing: Listing | None
    cause: str = ""
    row: Sequence[str] = ()


class ListFile:
    """A list in a file, or the lists in a ZIP, as Mailchimp gives them. Raises `UnusableList`."""

    def __init__(self, path: Path, named: str | None = None, encoding: str = "utf-8-sig") -> None:
        if named is not None and named not in FORMATS:
            raise UnusableList(f"no format {named!r}: choose one of {', '.join(FORMATS)}")
        self.path = path
        self._named = FORMATS[named] if named else None
        parts = parts_of(path, encoding)
        self._lists = [(part, found) for part in parts if (found := self._format(part)) is not None]
        if not self._lists:
            raise UnusableList(f"{path}: no list of suppressions among its {len(parts)} files")

    @property
    def formats(self) -> list[Format]:
        return [found for _, found in self._lists]

    def entries(self) -> Iterator[Entry]:
        """Each row, in order. Raises `UnusableList` where the file cannot be read to its end."""
        for part, found in self._lists:
            with in_words(part.name):
                yield from self._entries(part, found)

    def columns(self, *names: str) -> Iterator[tuple[str, ...]]:
        """The cells of these columns of each row, of a list in CSV with a header, whose last line ends as in all that
        we write. Raises `UnusableList` where one is broken or cut off.
        """
        for part, _ in self._lists:
            with in_words(part.name), part.text() as text:
                rows = _rows(text, part.delimiter())
                header = _names(next(rows)[1])
                pick = itemgetter(*map(header.index, names))
                for line, row, cause in rows:
                    if cause or len(row) != len(header):
                        what = cause or f"{len(row)} cells, but the header has {len(header)}"
                        raise UnusableList(f"it is cut off or broken in line {line} ({what})")
                    yield pick(row)
                if not part.ends_a_line():
                    raise UnusableList("it is cut off: its last line has no end")

    def _format(self, part: Part) -> Format | None:
        with in_words(part.name):
            if _has_json(part):
                with part.text() as text:
                    first = next((cells for _, cells in objects_in(text) if cells), None)
                if first is None:
                    raise UnusableList("it lists nobody")
                return recognised(part.name, list(first), self._named, is_json=True)
            delimiter = part.delimiter()
            with part.text() as text:
                header = next(csv.reader(lines_of(text), delimiter=delimiter), None)
            if not header:
                raise UnusableList("it is empty, or its first line is")
            if part.name.rpartition("/")[2].startswith(_NOT_SUPPRESSED):
                return None
            bare = recognised_bare(part.name, header, self._named)
            return bare or recognised(part.name, _names(header), self._named, is_json=False)

    def _entries(self, part: Part, found: Format) -> Iterator[Entry]:
        if _has_json(part):
            with part.text() as text:
                for line, cells in objects_in(text):
                    if cells is None:
                        yield Entry(part.name, line, found, None, "it is not an object of JSON")
                    else:
                        yield _entry(part, line, found, cells, list(cells.values()))
            return
        delimiter, last = part.delimiter(), None
        with part.text() as text:
            rows = _rows(text, delimiter)
            names = None if found.form in ("bare", "lines") else _names(next(rows)[1])
            for line, row, cause in rows:
                if last:
                    yield last
                if cause:
                    last = Entry(part.name, line, found, None, cause, row)
                else:
                    last = _row(part, line, found, names, row) if any(map(str.strip, row)) else None
        if last and last.cause and not part.ends_a_line():
            raise UnusableList(f"it is cut off in line {last.line} ({last.cause}): export it again")
        if last:
            yield last


def _has_json(part: Part) -> bool:
    with part.text() as text:
        return is_json(text)


def _rows(text: IO[str], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """The line, the cells and the fault of each row; the cells of one with a fault are its text, as far as it was
    read. Raises `UnusableList` where a quote never closes.
    """
    reader = csv.reader(lines_of(text), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            if "end of data" in str(error) or "field limit" in str(error):
                raise UnusableList(
                    f"a quote that opens in line {line} never closes: it is cut off, or was edited: export it again"
                ) from None
            yield line, [], "its quotes are broken: within quotes, a quote must be doubled"
            continue
        if row is None:
            return
        yield line, row, ""


def _names(header: Sequence[str]) -> list[str]:
    return [cell.strip().lower() for cell in header]


def _row(part: Part, line: int, found: Format, names: list[str] | None, row: list[str]) -> Entry:
    if names is None:
        expected = [column.lower() for column in found.columns]
        if len(row) > len(expected):
            return Entry(part.name, line, found, None, f"{len(row)} cells, {len(expected)} are the most", row)
        return _entry(part, line, found, dict(zip(expected, row, strict=False)), row)
    if len(row) != len(names):
        return Entry(part.name, line, found, None, f"{len(row)} cells, but the header has {len(names)}", row)
    row, cells = [fused(cell) for cell in row], dict[str, str]()
    for name, cell in zip(names, row, strict=True):
        cells[name] = cells.get(name) or cell  # Mandrill's header has a name twice
    return _entry(part, line, found, cells, row)


def _entry(part: Part, line: int, found: Format, cells: Cells, row: list[str]) -> Entry:
    try:
        return Entry(part.name, line, found, found.listing(cells), "", row)
    except ValueError as invalid:
        return Entry(part.name, line, found, None, str(invalid), row)
