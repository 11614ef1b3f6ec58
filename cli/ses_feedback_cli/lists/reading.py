"""Reads a list: finds its format, then gives its entries one by one, with the line of each."""

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ses_feedback.decision.imported import Listing
from ses_feedback_cli.lists.cells import fused
from ses_feedback_cli.lists.errors import UnusableList
from ses_feedback_cli.lists.formats import FORMATS, Cells, Format
from ses_feedback_cli.lists.json_lists import is_json, objects_in
from ses_feedback_cli.lists.recognising import recognised, recognised_bare

csv.field_size_limit(1_000_000)

_DELIMITERS = ",;\t"


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


type _Open = Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A file, or a member of an archive."""

    name: str
    open: _Open
    encoding: str

    @contextmanager
    def text(self) -> Iterator[IO[str]]:
        with self.open() as file:
            is_utf_16 = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
        with (
            self.open() as file,
            io.TextIOWrapper(file, "utf-16" if is_utf_16 else self.encoding, newline="") as text,
        ):
            yield text

    def is_json(self) -> bool:
        with self.text() as text:
            return is_json(text)

    def delimiter(self) -> str:
        """What separates the cells of the first line: a spreadsheet may have put another in place of the comma."""
        with self.text() as text:
            first = text.readline()
        return max(_DELIMITERS, key=first.count)

    def ends_a_line(self) -> bool:
        end = b""
        with self.open() as file:
            while block := file.read(1 << 20):
                end = block[-2:]
        return end.rstrip(b"\0").endswith((b"\n", b"\r"))


class ListFile:
    """A list in a file, or the lists in a ZIP, as Mailchimp gives them. Raises `UnusableList`."""

    def __init__(self, path: Path, named: str | None = None, encoding: str = "utf-8-sig") -> None:
        if named is not None and named not in FORMATS:
            raise UnusableList(f"no format {named!r}: choose one of {', '.join(FORMATS)}")
        self.path = path
        self._named = FORMATS[named] if named else None
        try:
            parts = list(_parts(path, encoding))
        except (OSError, zipfile.BadZipFile) as error:
            raise UnusableList(f"{path}: {getattr(error, 'strerror', None) or error}") from None
        self._lists = [(part, found) for part in parts if (found := self._format(part)) is not None]
        if not self._lists:
            raise UnusableList(f"{path}: no list of suppressions among its {len(parts)} files")

    @property
    def formats(self) -> list[Format]:
        return [found for _, found in self._lists]

    def entries(self) -> Iterator[Entry]:
        """Each row, in order. Raises `UnusableList` where the file cannot be read to its end."""
        for part, found in self._lists:
            with _told(part):
                yield from self._entries(part, found)

    def _format(self, part: _Part) -> Format | None:
        with _told(part):
            if part.is_json():
                with part.text() as text:
                    first = next((cells for _, cells in objects_in(text)), None)
                if first is None:
                    raise UnusableList("it lists nobody")
                return recognised(part.name, list(first), self._named, is_json=True)
            delimiter = part.delimiter()
            with part.text() as text:
                header = next(csv.reader(text, delimiter=delimiter), None)
            if not header:
                raise UnusableList("it is empty, or its first line is")
            if part.name.rpartition("/")[2].startswith("subscribed"):  # in Mailchimp's ZIP
                return None
            bare = recognised_bare(part.name, header, self._named)
            return bare or recognised(part.name, _names(header), self._named, is_json=False)

    def _entries(self, part: _Part, found: Format) -> Iterator[Entry]:
        if part.is_json():
            with part.text() as text:
                for line, cells in objects_in(text):
                    yield _entry(part, line, found, cells, list(cells.values()))
            return
        delimiter, last = part.delimiter(), None
        with part.text() as text:
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            names = None if found.form in ("bare", "lines") else _names(next(reader))
            line = reader.line_num + 1
            for row in reader:
                if last:
                    yield last
                last = _row(part, line, found, names, row) if any(map(str.strip, row)) else None
                line = reader.line_num + 1
        if last and last.cause and not part.ends_a_line():
            raise UnusableList(f"it is cut off in line {last.line} ({last.cause}): export it again")
        if last:
            yield last


def _names(header: Sequence[str]) -> list[str]:
    return [cell.strip().lower() for cell in header]


def _row(part: _Part, line: int, found: Format, names: list[str] | None, row: list[str]) -> Entry:
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


def _entry(part: _Part, line: int, found: Format, cells: Cells, row: list[str]) -> Entry:
    try:
        return Entry(part.name, line, found, found.listing(cells), "", row)
    except ValueError as invalid:
        return Entry(part.name, line, found, None, str(invalid), row)


def _parts(path: Path, encoding: str) -> Iterator[_Part]:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            if file.read(4) == b"PK\x03\x04":
                raise zipfile.BadZipFile("the ZIP is cut off: download it again")
        yield _Part(path.name, lambda: path.open("rb"), encoding)
        return
    archive = zipfile.ZipFile(path)
    for name in archive.namelist():
        if name.lower().endswith((".csv", ".json", ".txt")):
            yield _Part(name, lambda name=name: archive.open(name), encoding)  # type: ignore[misc]


@contextmanager
def _told(part: _Part) -> Iterator[None]:
    """What goes wrong while a part is read, in words."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise UnusableList(
            f"{part.name} is not {error.encoding.upper()} (the byte {error.object[error.start]:#04x}): "
            "name its encoding, as --encoding cp1252 or --encoding latin-1"
        ) from None
    except UnicodeError as error:
        raise UnusableList(f"{part.name}: {error}: it is cut off, or in another encoding") from None
    except LookupError as error:
        raise UnusableList(f"{error}: try cp1252, latin-1 or utf-8") from None
    except csv.Error as error:
        raise UnusableList(
            f"{part.name} has quotes that do not close ({error}): it is cut off or was edited: export it again"
        ) from None
    except UnusableList as error:
        told = str(error)
        raise UnusableList(told if told.startswith(part.name) else f"{part.name}: {told}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise UnusableList(f"{part.name}: {error}") from None
