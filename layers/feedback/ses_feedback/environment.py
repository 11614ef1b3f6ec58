"""A function's environment variables, read once at its start into a typed value that the function declares itself:

    class Environment(NamedTuple):
        table_name: Annotated[str, "LedgerTable or ExistingTable"]
        alert_window_seconds: Annotated[int, "AlertWindowSeconds"]

A field is the variable of that name in capitals. Its type says what it must hold; the text beside it names what
in template.yaml it comes from, for the error. A field with a default may be empty or missing.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, cast, get_args, get_origin

from ses_feedback.errors import InvalidSettings

_EXAMPLES = {
    "alert_sender": "alerts@example.com",
    "topic_arns": "arn:aws:sns:eu-central-1:222233334444:ses-feedback",
    "topic_prefix": "arn:aws:sns:eu-central-1:111122223333:",
    "webhook_url": "https://app.example.com/feedback",
}
"""For a dry run: texts without a default that no resource gives; the topic is of events/https_notification.json."""


def is_dry(declared: type[NamedTuple], variables: Mapping[str, str] = os.environ) -> bool:
    """Whether SAM runs the function locally and names no stack that it could use: each text that only a deployed
    stack has is missing, or is what SAM fills in, its id in template.yaml (`LedgerTable`, `arn:…:LedgerTable`).
    """
    if variables.get("AWS_SAM_LOCAL") != "true" or variables.get("AWS_ENDPOINT_URL"):
        return False
    return all(_is_missing(variables.get(field.upper(), ""), source) for field, source in resources_in(declared))


def resources_in(declared: type[NamedTuple]) -> Iterator[tuple[str, str]]:
    """The fields that name what only a deployed stack has, and what in template.yaml each comes from."""
    for field, annotation in declared.__annotations__.items():
        kind, source = get_args(annotation)
        if kind is str and field not in declared._field_defaults and field not in _EXAMPLES:
            yield field, source


def _is_missing(text: str, source: str) -> bool:
    stand_ins = ("local",) if source == "AWS::StackName" else source.split(" or ")
    return text.rpartition(":")[2] in ("", *stand_ins)


def read_environment[T: NamedTuple](declared: type[T], function: str, variables: Mapping[str, str] = os.environ) -> T:
    """`function`: its name in template.yaml. Raises `InvalidSettings`, which names every variable that is wrong.

    In a dry run, examples stand for what is missing.
    """
    dry = is_dry(declared, variables)
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field, annotation in declared.__annotations__.items():
        kind, source = get_args(annotation)
        text = variables.get(field.upper(), "")
        if dry and text in ("", source):
            text = _EXAMPLES.get(field, source)
        if not text and field in declared._field_defaults:
            continue
        try:
            values[field] = _value(text, kind)
        except ValueError as problem:
            problems.append(f"{field.upper()} is {problem} (template.yaml sets it from {source})")
    if problems:
        advice = f"deploy {function} as template.yaml declares it; `sam local invoke` takes variables by --env-vars"
        raise InvalidSettings(f"environment of {function}: {'; '.join(problems)}: {advice}")
    return cast(Callable[..., T], declared)(**values)


def _value(text: str, kind: Any) -> Any:
    if not text:
        raise ValueError("not set, or empty")
    if get_origin(kind) is Literal:
        return _one_of(text, get_args(kind))
    return _READERS[kind](text)


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise ValueError(f"{text!r}, not {' or '.join(allowed)}")
    return text


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{text!r}, not a whole number")
    return int(text)


def _list(text: str) -> tuple[str, ...]:
    if not (parts := tuple(part.strip() for part in text.split(",") if part.strip())):
        raise ValueError(f"{text!r}, a list of nothing")
    return parts


_READERS: Mapping[Any, Callable[[str], Any]] = {
    str: str,
    int: _whole_number,
    bool: lambda text: _one_of(text, ("true", "false")) == "true",
    tuple[str, ...]: _list,
}
