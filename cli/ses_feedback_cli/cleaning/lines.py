"""Lines of a text file as text, and as the very bytes they were."""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ses_feedback_cli.lists.errors import UnusableList
from ses_feedback_cli.lists.parts import LONGEST, lines_of

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # begins like the next one
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    codecs.BOM_UTF32_BE: "utf-32-be",
}
_WITHOUT_MARK = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_BLOCK = 1 << 20
_ASCII = "\r\n,;\t\"'"


class Text:
    """How a file is encoded: as its mark says, if it begins with one, else as somebody named it. `mark` are the bytes
    of the mark. Raises LookupError for an encoding that there is not, OSError.
    """

    def __init__(self, path: Path, named: str) -> None:
        self._path = path
        with path.open("rb") as file:
            first = file.read(4)
        self.mark = next((mark for mark in _MARKS if first.startswith(mark)), b"")
        name = codecs.lookup(named).name
        self.encoding = _MARKS[self.mark] if self.mark else _WITHOUT_MARK.get(name, name)

    def lines(self) -> Iterator[tuple[bytes, str]]:
        """Each line with its end, behind the mark. A lone carriage return ends a line too. Raises UnicodeError."""
        with self._path.open("rb") as file:
            file.seek(len(self.mark))
            if _ASCII.encode(self.encoding) == _ASCII.encode():
                yield from self._by_bytes(file)
            else:
                yield from self._by_characters(file)

    def _by_bytes(self, file: IO[bytes]) -> Iterator[tuple[bytes, str]]:
        """What ends a line is in no character's bytes, as in UTF-8, Latin-1 or Shift JIS."""
        encoding, rest = self.encoding, b""
        while block := file.read(_BLOCK):
            lines = (rest + block).splitlines(keepends=True)
            rest = lines.pop()
            for line in lines:
                yield line, line.decode(encoding)
            if len(rest) > 4 * LONGEST:
                raise UnusableList(f"a line has more than {LONGEST:,} characters: it is not a list")
            if rest.endswith(b"\n"):
                yield rest, rest.decode(encoding)
                rest = b""
        for line in rest.splitlines(keepends=True):
            yield line, line.decode(encoding)

    def _by_characters(self, file: IO[bytes]) -> Iterator[tuple[bytes, str]]:
        """Encodings in which a text has one spelling: UTF-16, UTF-32, EBCDIC."""
        with io.TextIOWrapper(file, self.encoding, newline="") as text:
            for line in lines_of(text):
                yield line.encode(self.encoding), line
