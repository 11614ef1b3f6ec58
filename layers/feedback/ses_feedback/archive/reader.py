"""Reads what Firehose wrote to S3: one event after another, in bounded memory, whatever the delimiters.

SES puts a newline behind every record, but objects may be gzip or not, hold several documents on one line,
be cut anywhere, or hold a broken document in the middle. A broken document costs only itself: reading goes on
at the next place that looks like the beginning of one.
"""

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ses_feedback.errors import Unreadable
from ses_feedback.strict_json import DECODER, Json, decode

CHUNK_BYTES = 256 * 1024
"""How much of an object is read at a time, and unpacked at a time."""

GZIP = b"\x1f\x8b"
"""How a gzip stream begins."""

MAX_DOCUMENT_BYTES = 2 * 1024 * 1024
"""No SES event is this long (its headers end at 10 KB): what is longer has lost its end."""

_PIECE_BYTES = 16 * 1024
_EXCERPT_BYTES = 2000
_BEGINNING_BYTES = 200
_DROPPED_BYTES = 32 * 1024
_TOO_DEEP = "JSON nested too deeply"
_BETWEEN = re.compile(r"[\s,\[\]\x00\xef\xbb\xbf]*")
_BEGINNING = re.compile(
    r'\{(?:(?<=\n\{)|(?<=\}\{)|(?=\s*"(?:eventType|notificationType|version|Type|Records|mail)"\s*:))'
)
_OPENINGS = re.compile(r'(?:[\[{]\s*(?:"[^"\\]*"\s*:\s*)?)*+')


@dataclass(frozen=True, slots=True)
class Record:
    """One document, where it begins and how long it is, in bytes of the decompressed object."""

    offset: int
    length: int
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """What could not be read: where it begins, its first bytes as text, and why."""

    offset: int
    excerpt: str
    unreadable: Unreadable


type Take = Callable[[str, int, int], int]
"""Takes documents of its choice from a text at a position, where one begins. The text is the object's bytes as
Latin-1, and its first is a byte of the object, by number. Returns the position behind what it took.
"""


def _nothing(_text: str, position: int, _base: int) -> int:
    return position


def read_archive(chunks: Iterable[bytes], take: Take = _nothing) -> Iterator[Record | Broken]:
    """The documents in an object's bytes, gzip or plain, without those that `take` takes."""
    return _Reader(_decompressed(iter(chunks)), take).read()


def decoded(document: str) -> Json:
    """The JSON of a document that was read as Latin-1. Raises `Unreadable`."""
    return decode(document.encode("latin-1").decode(errors="replace"))


class _Reader:
    """A window on the bytes, as Latin-1 text, so that a position in the text is a position in the bytes."""

    def __init__(self, data: Iterator[bytes], take: Take) -> None:
        self._data, self._take = data, take
        self._text, self._position, self._base = "", 0, 0
        self._ended: Unreadable | bool = False
        self._brackets = False

    def read(self) -> Iterator[Record | Broken]:
        broken: Broken | None = None
        is_empty = True
        while self._skip_delimiters():
            is_empty = False
            document = (broken is None and self._taken()) or self._document()
            if isinstance(document, Unreadable):
                if broken is None or self._at_line_start():
                    if broken is not None:
                        yield broken
                    broken = Broken(self._base + self._position, self._excerpt(), document)
                self._seek_next_beginning(is_nested=document.cause == _TOO_DEEP)
            else:
                if broken is not None:
                    yield broken
                    broken = None
                if document is not True:
                    yield document
        if broken is not None:
            yield broken
        if is_empty and self._brackets:
            yield Broken(0, "", Unreadable("brackets and no document"))
        if isinstance(self._ended, Unreadable):
            yield Broken(self._base + len(self._text), "", self._ended)

    def _taken(self) -> bool:
        start, self._position = self._position, self._take(self._text, self._position, self._base)
        return self._position > start

    def _document(self) -> Record | Unreadable:
        """The document that begins here, reading on until its end is there."""
        while True:
            try:
                content, end = DECODER.raw_decode(self._text, self._position)
            except RecursionError:
                return Unreadable(_TOO_DEEP)
            except ValueError as error:
                if self._may_be_cut_short(error) and self._read_more():
                    continue
                return self._not_json(error)
            return self._record(content, end)

    def _record(self, content: object, end: int) -> Record | Unreadable:
        document = self._text[self._position : end]
        try:
            if not document.isascii() or "\\u" in document:
                content = decoded(document)
        except Unreadable as unreadable:
            return unreadable
        if not isinstance(content, dict):
            return Unreadable(f"a {type(content).__name__}, where an object was expected")
        record = Record(self._base + self._position, len(document), content)
        self._position = end
        return record

    def _not_json(self, error: ValueError) -> Unreadable:
        if not isinstance(error, json.JSONDecodeError):
            return Unreadable(f"not JSON: {error}")
        return Unreadable(f"not JSON: {error.msg}, {error.pos - self._position} bytes into the document")

    def _may_be_cut_short(self, error: ValueError) -> bool:
        """Whether more bytes could mend it: a string without end, or an end where something was expected."""
        if len(self._text) - self._position > MAX_DOCUMENT_BYTES or not isinstance(error, json.JSONDecodeError):
            return False
        open_string = error.msg.startswith("Unterminated string")
        return open_string or error.pos >= len(self._text) - len("false")

    def _seek_next_beginning(self, *, is_nested: bool) -> None:
        """Leaves all levels of a nesting at once: to try each of a hundred thousand would take a minute."""
        openings = _OPENINGS.match(self._text, self._position) if is_nested else None
        innermost = self._text.rfind("{", self._position, openings.end()) if openings else 0
        self._position = max(self._position + 1, innermost)
        while not (beginning := _BEGINNING.search(self._text, self._position)):
            self._position = max(self._position, len(self._text) - _BEGINNING_BYTES)
            if not self._read_more():
                self._position = len(self._text)
                return
        self._position = beginning.start()
        if self._position > _DROPPED_BYTES:  # an error counts the lines before it, and garbage makes many errors
            self._drop_done()

    def _skip_delimiters(self) -> bool:
        """Moves to the next document; False at the end."""
        while True:
            if delimiters := _BETWEEN.match(self._text, self._position):
                self._brackets = self._brackets or "[" in delimiters[0]
                self._position = delimiters.end()
            if self._position < len(self._text):
                return True
            if not self._read_more():
                return False

    def _read_more(self) -> bool:
        """Reads one more chunk, and drops what was read before; False at the end."""
        if self._ended:
            return False
        try:
            chunk = next(self._data, None)
        except Unreadable as unreadable:
            self._ended = unreadable
            return False
        if chunk is None:
            self._ended = True
            return False
        self._drop_done()
        self._text += chunk.decode("latin-1")
        return True

    def _drop_done(self) -> None:
        done = max(0, self._position - 1)  # one character back shows whether a line starts here
        self._text = self._text[done:]
        self._position -= done
        self._base += done

    def _at_line_start(self) -> bool:
        return self._text[self._position - 1 : self._position] == "\n"

    def _excerpt(self) -> str:
        excerpt = self._text[self._position : self._position + _EXCERPT_BYTES].partition("\n")[0]
        return excerpt.encode("latin-1").decode(errors="replace")


def _decompressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The object's bytes in chunks of bounded size, however much a small gzip may hold."""
    first = b""
    while len(first) < len(GZIP) and (chunk := next(chunks, None)) is not None:
        first += chunk
    if not first.startswith(GZIP):
        yield from _plain(first, chunks)
        return
    inflate, pieces = zlib.decompressobj(wbits=31), _pieces(first, chunks)
    pending = b""
    while pending or (pending := next(pieces, b"")):
        try:
            yield inflate.decompress(pending, CHUNK_BYTES)
        except zlib.error as error:
            raise Unreadable(f"the gzip stream is damaged: {error}") from None
        pending = inflate.unconsumed_tail
        if inflate.eof:  # the next member of the same object
            pending = inflate.unused_data
            inflate = zlib.decompressobj(wbits=31)
            started = bool(pending)
        else:
            started = True
    if started and not inflate.eof:
        raise Unreadable("the gzip stream is cut off")


def _pieces(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """In pieces so short that what zlib leaves of one, and copies, is little."""
    for chunk in _plain(first, chunks):
        for start in range(0, len(chunk), _PIECE_BYTES):
            yield chunk[start : start + _PIECE_BYTES]


def _plain(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks
