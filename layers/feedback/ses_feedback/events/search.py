"""What an object in no known envelope holds: input transformers, log shippers and applications invent their own.

The values that name SES are searched until an SES event or a known envelope is found, in bounded depth and number.
"""

from collections.abc import Iterator
from typing import Any

from ses_feedback.errors import Unreadable
from ses_feedback.events.document import NoFeedback
from ses_feedback.events.envelopes import OTHER_SERVICE, Inside, Part, inside_of, text_or_none
from ses_feedback.events.packed import PACKED, objects_in, unescaped
from ses_feedback.events.ses_words import is_ses, names_ses

MOST_VALUES = 10_000
"""How many values of one object are looked at; as many small events as Lambda accepts are fewer."""

_MOST_LEVELS = 20
_TIMES = ("time", "timestamp", "@timestamp")


def search(content: dict[str, Any]) -> Inside:
    """What holds SES inside, otherwise why the object is dropped or cannot be read."""
    if not names_ses(content):
        return [_foreign(content)]
    found: list[Part | Unreadable] = []
    try:
        found.extend(_Search().values(content, None, 0))
    except Unreadable as unreadable:
        found.append(unreadable)
    return found or [Unreadable("names SES, but holds neither an SES event nor a known envelope")]


def search_text(text: str) -> Inside:
    """What a text that is not JSON holds: a logger's line, several documents in a row, or something packed."""
    found: list[Part | Unreadable] = []
    try:
        found.extend(_Search().value(text.strip(), None, 0))
    except Unreadable as unreadable:
        return [*found, unreadable] if found else []
    return found


class _Search:
    def __init__(self) -> None:
        self._left = MOST_VALUES

    def values(self, content: dict[str, Any], arrived_at: str | None, level: int) -> Iterator[Part]:
        times = (content.get(name) for name in _TIMES)
        time = next(filter(None, map(text_or_none, times)), arrived_at)
        for value in content.values():
            yield from self.value(value, time, level + 1)

    def value(self, value: Any, arrived_at: str | None, level: int) -> Iterator[Part]:
        self._left -= 1
        if self._left < 0 or level > _MOST_LEVELS:
            raise Unreadable(
                f"names SES among more than {MOST_VALUES:,} values, or more than {_MOST_LEVELS} levels deep"
            )
        if not isinstance(value, str | list | dict) or not names_ses(value):
            return
        if isinstance(value, dict):
            if is_ses(value) or inside_of(value) is not None:
                yield Part(value, arrived_at)
            else:
                yield from self.values(value, arrived_at, level)
        elif isinstance(value, list):
            for element in value:
                yield from self.value(element, arrived_at, level + 1)
        elif PACKED.fullmatch(bare := "".join(value.split())):  # in one line, or in lines of 76
            yield Part(bare, arrived_at, is_packed=True)
        else:
            for element in objects_in(unescaped(value)):
                yield from self.value(element, arrived_at, level + 1)


def _foreign(content: dict[str, Any]) -> NoFeedback | Unreadable:
    """An object that does not name SES: dropped if it says whose it is."""
    if named := OTHER_SERVICE & content.keys():
        name = content[min(named)]
        return NoFeedback("ignored", "other_service", f"a message of another service: {name!s:.100}")
    return Unreadable("neither an SES event nor a known envelope: nothing in it names SES")
