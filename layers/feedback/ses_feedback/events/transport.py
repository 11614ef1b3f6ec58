"""Unpacks SES documents from whatever carried them, however many envelopes are around them.

This is the walk; `envelopes` knows each envelope, `search` what is in none of them. No other room knows about
transports. What is not feedback is recognised and dropped on purpose, with a reason that can be counted; what cannot
be read is yielded as `Unreadable`, so that the rest is still processed.
"""

from collections.abc import Iterator
from copy import replace

from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback, Opened
from ses_feedback.events.envelopes import Inside, Part, inside_of
from ses_feedback.events.ordinary_event import read_ordinary
from ses_feedback.events.packed import MOST_BYTES, TooMuch, unpacked
from ses_feedback.events.search import search, search_text
from ses_feedback.events.ses_words import is_ses, names_ses
from ses_feedback.strict_json import Json, decode

MOST_ENVELOPES = 10
"""How deep envelopes are nested: a pipe's event in a failed call's record in a log has six."""

_EMPTY = NoFeedback("ignored", "no_records", "an event or a list without records")
_VALIDATION_TEXT = "Successfully validated SNS topic"


def open_text(text: str, arrived_at: str | None = None, depth: int = 0) -> Iterator[Opened]:
    """The documents in a text as a queue, a topic or a file holds it. `depth`: the envelopes that are off already."""
    ordinary = read_ordinary(text, arrived_at)
    return _Walk().text(text, arrived_at, None, depth) if ordinary is None else iter((ordinary,))


def open_envelope(content: Json, arrived_at: str | None = None, depth: int = 0) -> Iterator[Opened]:
    """The documents in a decoded message, whatever envelopes are around them."""
    return _Walk().value(content, arrived_at, None, depth)


class _Walk:
    """The way through one message. What it unpacks is bounded in all."""

    __slots__ = ("_bytes_left",)

    def __init__(self) -> None:
        self._bytes_left = MOST_BYTES

    def text(self, text: str, arrived_at: str | None, topic: str | None, depth: int) -> Iterator[Opened]:
        if text.lstrip().startswith(_VALIDATION_TEXT):
            yield NoFeedback("ignored", "validation_text", "SES's test message on a topic that it accepted")
            return
        try:
            content = decode(text)
        except Unreadable as unreadable:
            yield from self._parts(search_text(text) or [unreadable], arrived_at, topic, depth)
        else:
            yield from self.value(content, arrived_at, topic, depth)

    def value(self, content: Json, arrived_at: str | None, topic: str | None, depth: int) -> Iterator[Opened]:
        if depth > MOST_ENVELOPES:
            yield Unreadable(f"more than {MOST_ENVELOPES} nested envelopes")
        elif isinstance(content, dict):
            if is_ses(content):
                yield Document(content, arrived_at, topic=topic)
                return
            inside = inside_of(content)
            yield from self._parts(search(content) if inside is None else inside, arrived_at, topic, depth)
        elif isinstance(content, str) and depth:
            yield from self.text(content, arrived_at, topic, depth + 1)
        elif content == []:
            yield _EMPTY
        elif isinstance(content, list):
            for element in _without_labels(content):
                yield from self.value(element, arrived_at, topic, depth + 1)
        else:
            yield Unreadable(f"a {type(content).__name__}, where an object was expected")

    def _parts(self, inside: Inside, arrived_at: str | None, topic: str | None, depth: int) -> Iterator[Opened]:
        for part in inside or [_EMPTY]:
            if isinstance(part, Part):
                yield from self._part(part, part.arrived_at or arrived_at, part.topic or topic, depth + 1)
            elif isinstance(part, Document) and (topic or arrived_at):
                yield replace(part, arrived_at=part.arrived_at or arrived_at, topic=part.topic or topic)
            else:
                yield part

    def _part(self, part: Part, arrived_at: str | None, topic: str | None, depth: int) -> Iterator[Opened]:
        is_open = isinstance(part.content, str) and part.content.lstrip().startswith(("{", "["))
        if part.is_packed and not is_open:  # some write JSON where Base64 belongs
            try:
                text = unpacked(part.content, self._bytes_left)
            except (TypeError, ValueError) as error:
                if isinstance(error, TooMuch):
                    self._bytes_left = 0  # or each of many would be inflated to the limit
                yield Unreadable(f"data that is not Base64 of UTF-8 or of gzip: {error}", "data")
                return
            self._bytes_left = max(0, self._bytes_left - len(text))
            yield from self.text(text, arrived_at, topic, depth)
        elif isinstance(part.content, str):
            yield from self.text(part.content, arrived_at, topic, depth)
        else:
            yield from self.value(part.content, arrived_at, topic, depth)


def _without_labels(elements: list[Json]) -> list[Json]:
    """What is in a list, without the words beside an event: `["Email Bounced", {…}]`."""
    if not any(map(_is_label, elements)) or not names_ses(elements):
        return elements
    return [element for element in elements if not _is_label(element) or names_ses(element)]


def _is_label(element: Json) -> bool:
    return isinstance(element, str) and not element.lstrip().startswith(("{", "["))
