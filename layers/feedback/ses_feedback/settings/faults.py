"""What is wrong with the settings, and where: pydantic names the key, the TOML text has its line."""

import json
import re
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any, get_args

from msgspec import structs
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ses_feedback.settings.checked import Table
from ses_feedback.settings.policy import why_not_settable


def faults_in(text: str, file: str, error: ValidationError, model: type[Table]) -> Iterator[str]:
    """One line for each fault: the file, the line, the key, and what is wrong or allowed there."""
    for fault in error.errors(include_url=False):
        yield _fault(text, file, fault["loc"], _message(fault, model))


def _message(fault: ErrorDetails, model: type[Table]) -> str:
    match fault["type"], fault["input"]:
        case "missing", _:
            return "missing"
        case "list_type", str(text):
            return f"must be a list: write {json.dumps([text], ensure_ascii=False)}"
        case "dict_type", _:
            return "must be a table"
        case "extra_forbidden", _:
            return _unknown(fault["loc"], model)
    return fault["msg"].removeprefix("Value error, ")


def _unknown(loc: Sequence[int | str], model: type[Table]) -> str:
    allowed = ", ".join(sorted(_names_beside(loc, model)))
    return f"unknown; {why_not_settable(str(loc[-1]))}allowed: {allowed}"


def _names_beside(loc: Sequence[int | str], model: type[Table]) -> Iterator[str]:
    """The keys that are allowed where `loc` points."""
    for step in loc[:-1]:
        for field in structs.fields(model):
            if field.name == step:
                model = next(_tables_in(field.type), model)
    yield from (field.name for field in structs.fields(model))


def _tables_in(annotation: Any) -> Iterator[type[Table]]:
    """`dict[Name, Team]` -> Team"""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        yield annotation
    for argument in get_args(annotation):
        yield from _tables_in(argument)


def _fault(text: str, file: str, loc: Sequence[int | str], message: str) -> str:
    """One line. A message that begins with a key below `loc` is about that key."""
    keys = [str(step) for step in loc if not isinstance(step, int)]
    mentioned = re.match(r"[a-z_]+\.[\w-]+(\.[\w-]+)?", message)
    if mentioned and mentioned[0].split(".")[: len(keys)] == keys:
        keys = mentioned[0].split(".")
        message = message.removeprefix(f"{mentioned[0]}: ")
    return f"{file}, line {_line_of(text, keys)}: {'.'.join(keys) or 'the file'}: {message}"


def _line_of(text: str, keys: list[str]) -> int:
    """The line of a key, or of the nearest table above it: tomllib keeps no positions."""
    best, table = (0, 1), []
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            table = [part.strip("\"' ") for part in header[1].split(".")]
            path = table
        elif pair := re.match(r"\s*([\w.\"'-]+)\s*=", line):
            path = table + [part.strip("\"' ") for part in pair[1].split(".")]
        else:
            continue
        if path[: len(keys)] == keys[: len(path)]:
            best = max(best, (min(len(path), len(keys)), number), key=itemgetter(0))
    return best[1]
