"""JSON as the ledger can store it: Python's parser accepts NaN and lone surrogates, DynamoDB and UTF-8 do not."""

import json
import re
from typing import Any, NoReturn

from msgspec.json import Decoder

from ses_feedback.errors import Unreadable

type Json = dict[str, Any] | list[Any] | str | int | float | bool | None

_decoded = Decoder().decode

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def refuse_constant(name: str) -> NoReturn:
    """For `json`'s `parse_constant`: NaN, Infinity and -Infinity."""
    raise ValueError(f"{name} is not a JSON number")


DECODER = json.JSONDecoder(parse_constant=refuse_constant)
"""Without NaN; lone surrogates pass."""


def decode(text: str) -> Json:
    """JSON as the ledger can store it: no NaN, no lone surrogates. Raises `Unreadable`."""
    try:
        content: Json = _decoded(text)
    except (ValueError, TypeError, RecursionError):  # not JSON, a lone surrogate, a number beyond a float's, too deep
        return _decode_carefully(text)
    return content


def _decode_carefully(text: str) -> Json:
    """By Python's parser, which is slower, says where the fault is, and reads lone surrogates."""
    try:
        content: Json = DECODER.decode(text)
        suspect = not text.isascii() or _ESCAPED_SURROGATE.search(text)
        return _without_surrogates(content) if suspect else content
    except RecursionError:
        raise Unreadable("JSON nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from None


def _without_surrogates(content: Json) -> Json:
    """A lone surrogate parses, and then neither UTF-8 nor DynamoDB accepts it."""
    if isinstance(content, str):
        return _SURROGATE.sub("\ufffd", content)
    if isinstance(content, list):
        return [_without_surrogates(element) for element in content]
    if isinstance(content, dict):
        return {str(_without_surrogates(name)): _without_surrogates(value) for name, value in content.items()}
    return content
