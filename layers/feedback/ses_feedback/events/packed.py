"""JSON that is packed into a text: in Base64, in gzip, or behind other words.

Everything here has a limit, since a few bytes of gzip may hold gigabytes.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator

from ses_feedback.errors import Unreadable
from ses_feedback.strict_json import DECODER, Json, decode

MOST_BYTES = 16 * 1024 * 1024
"""What is unpacked of one message: far more than Lambda accepts, and little enough to hold."""

PACKED = re.compile(r"(?:H4sI|eyJ|eyA|ewo|ew0|W3s)[A-Za-z0-9+/]{40,}={0,2}")
"""Base64 that begins as gzip does, or as a JSON object or a list of them."""

_GZIP = b"\x1f\x8b"
_OBJECT = re.compile(r'\{\s*"')
_ESCAPED = re.compile(r'\{\s*\\".*\}', re.DOTALL)
_PEEK_BYTES = 256 * 1024


class TooMuch(ValueError):
    """Gzip that holds more than was asked for."""


def unpacked(text: str, most: int = MOST_BYTES) -> str:
    """The text in Base64, inflated if it is gzip. Raises ValueError if it is damaged, `TooMuch` if it is large."""
    return inflated(base64.b64decode(text, validate=True), most).decode()


def inflated(data: bytes, most: int = MOST_BYTES) -> bytes:
    """What gzip holds, in one member or several; else the data. Raises ValueError if it is damaged, and
    `TooMuch` if it is more than `most` bytes.
    """
    if not data.startswith(_GZIP):
        return data
    whole = b""
    while data:
        inflater = zlib.decompressobj(wbits=31)
        try:
            whole += inflater.decompress(data, most + 1 - len(whole))
        except zlib.error as error:
            raise ValueError(str(error)) from error
        if len(whole) > most:
            raise TooMuch("gzip that holds too much for one message")
        if not inflater.eof:
            raise ValueError("gzip that is cut off")
        data = inflater.unused_data
    return whole


def beginning_of(text: str) -> str:
    """The first bytes that are packed in a text, as far as they can be read: to look for words, not to parse."""
    try:
        data = base64.b64decode(text[: len(text) // 4 * 4])
        if data.startswith(_GZIP):
            data = zlib.decompressobj(wbits=31).decompress(data, _PEEK_BYTES)
    except (binascii.Error, zlib.error):
        return ""
    return data[:_PEEK_BYTES].decode(errors="replace")


def objects_in(text: str) -> Iterator[Json]:
    """The JSON objects in a text, as a logger or a shipper writes them: after other words, or several in a row.

    Raises `Unreadable` at one that is broken.
    """
    position = 0
    while start := _OBJECT.search(text, position):
        try:
            _, position = DECODER.raw_decode(text, start.start())
        except RecursionError:
            raise Unreadable("JSON nested too deeply") from None
        except json.JSONDecodeError as error:
            raise Unreadable(f"a text with JSON that is broken: {error.msg}") from None
        except ValueError as error:
            raise Unreadable(f"a text with JSON that is broken: {error}") from None
        yield decode(text[start.start() : position])


def unescaped(text: str) -> str:
    """JSON that was written into a text of JSON once more (`"{\\"eventType\\": …}"`), as it was before."""
    escaped = _ESCAPED.search(text)
    if not escaped:
        return text
    try:
        return str(decode(f'"{escaped[0]}"'))
    except Unreadable:
        return text
