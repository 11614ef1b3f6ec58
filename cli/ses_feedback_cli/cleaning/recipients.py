"""A list of recipients in CSV or TSV: its rows, each with the very bytes it was."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ses_feedback.address import mailbox_key
from ses_feedback_cli.cleaning.lines import Text
from ses_feedback_cli.lists.columns import column_named, delimiter_of, titled_column
from ses_feedback_cli.lists.errors import UnusableList
from ses_feedback_cli.lists.parts import in_words

NO_ADDRESS = "not_an_address"
"""The cause of a row that is whole, but has no address."""


class Row(NamedTuple):
    """One row, which begins in `line`. `key`: of its address; None if it has none, and then `cause` says why. An
    empty row has neither cells nor a cause.
    """

    line: int
    raw: bytes
    cells: list[str]
    key: str | None
    cause: str = ""


class CsvRecipients:
    """The file, and which column has the addresses: by name or number, else by its title. Raises `UnusableList`."""

    def __init__(self, path: Path, column: str | None, encoding: str) -> None:
        self.path = path
        with in_words(path.name):
            self._text = Text(path, encoding)
            _, line = next(self._text.lines(), (b"", ""))
            self.delimiter = delimiter_of(line)
            _, _, first, _ = next(self._records(), (1, b"", [], ""))
            if not first:
                raise UnusableList("it is empty, or its first line is")
            self.header, self.column = _header(first, column)
            self._width = len(first)

    @property
    def encoding(self) -> str:
        return self._text.encoding

    @property
    def mark(self) -> bytes:
        """The first bytes of what is written in this encoding."""
        return self._text.mark

    @property
    def head(self) -> bytes:
        """The bytes before the rows: the mark of the encoding, and the header if there is one."""
        return self.mark + (next(self._records())[1] if self.header else b"")

    def rows(self) -> Iterator[Row]:
        """Each row behind the header. Raises `UnusableList` where the file cannot be read to its end."""
        width, column = self._width, self.column
        with in_words(self.path.name):
            records = self._records()
            if self.header:
                next(records)
            for line, raw, cells, cause in records:
                if not cause and len(cells) == width:
                    key = mailbox_key(cells[column])
                    yield Row(line, raw, cells, key, "" if key else NO_ADDRESS)
                elif not cells:
                    yield Row(line, raw, cells, None)
                else:
                    fault = cause or f"{len(cells)} cells in place of {width}"
                    if not raw.rstrip(b"\0").endswith((b"\n", b"\r")):
                        raise UnusableList(f"it is cut off in line {line} ({fault}): get it again")
                    yield Row(line, raw, cells, None, fault)

    def ends_a_line(self) -> bool:
        """Whether the last line has an end: without, it may have been cut off there."""
        with self.path.open("rb") as file:
            file.seek(-min(4, self.path.stat().st_size), 2)
            return file.read().rstrip(b"\0").endswith((b"\n", b"\r"))

    def _records(self) -> Iterator[tuple[int, bytes, list[str], str]]:
        """The line where it begins, its bytes, its cells, its fault; of one with a fault the cell is its text."""
        taken, texts = list[bytes](), list[str]()

        def lines() -> Iterator[str]:
            for raw, line in self._text.lines():
                taken.append(raw)
                texts.append(line)
                yield line

        reader, line = csv.reader(lines(), delimiter=self.delimiter, strict=True), 1
        while True:
            try:
                cells, cause = next(reader, None), ""
            except csv.Error as error:
                if "end of data" in str(error) or "field limit" in str(error):
                    what = f"a quote that opens in line {line} never closes"
                    raise UnusableList(f"{what}: it is cut off, or was edited: get it again") from None
                cells, cause = ["".join(texts)], "broken quotes"
            if cells is None:
                return
            yield line, b"".join(taken) if len(taken) > 1 else taken[0], cells, cause
            taken.clear()
            texts.clear()
            line = reader.line_num + 1


def _header(first: list[str], wanted: str | None) -> tuple[list[str] | None, int]:
    """The header, None if the first row is a recipient's; and the column of addresses."""
    if wanted is not None:
        column = column_named(first, wanted)
        return (None if mailbox_key(first[column]) else first), column
    if (titled := titled_column(first)) is not None:
        return first, titled
    bare = next((number for number, cell in enumerate(first) if mailbox_key(cell)), None)
    if bare is None:
        names = ", ".join(f"{cell:.40}" for cell in first[:12])
        raise UnusableList(f"no column is called email or address ({names}): say which, by --column NAME or NUMBER")
    return None, bare
