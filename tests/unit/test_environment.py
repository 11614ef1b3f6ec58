"""A function's environment variables, read into a typed value."""

from typing import Annotated, Literal, NamedTuple

import pytest

from ses_feedback.environment import read_environment
from ses_feedback.errors import InvalidSettings


class Environment(NamedTuple):
    table_name: Annotated[str, "Table"]
    window_seconds: Annotated[int, "Window"]
    is_open: Annotated[bool, "Open"]
    mode: Annotated[Literal["apply", "plan"], "Mode"]
    topics: Annotated[tuple[str, ...], "Topics"]
    key: Annotated[str, "Key"] = ""


RIGHT = {"TABLE_NAME": "t", "WINDOW_SECONDS": "30", "IS_OPEN": "true", "MODE": "plan", "TOPICS": "a, b,", "KEY": ""}


def test_every_variable_has_the_type_that_is_declared() -> None:
    assert read_environment(Environment, "F", RIGHT) == Environment("t", 30, True, "plan", ("a", "b"), "")


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("TABLE_NAME", "", "not set, or empty"),
        ("WINDOW_SECONDS", "abc", "'abc', not a whole number"),
        ("WINDOW_SECONDS", "-1", "'-1', not a whole number"),
        ("WINDOW_SECONDS", "1_0", "'1_0', not a whole number"),
        ("WINDOW_SECONDS", "٣", "'٣', not a whole number"),
        ("IS_OPEN", "True", "'True', not true or false"),
        ("IS_OPEN", "1", "'1', not true or false"),
        ("MODE", "aply", "'aply', not apply or plan"),
        ("TOPICS", " ,", "' ,', a list of nothing"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(name: str, value: str, problem: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        read_environment(Environment, "F", RIGHT | {name: value})
    assert f"environment of F: {name} is {problem} (template.yaml sets it from " in str(refusal.value)


def test_everything_required_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(InvalidSettings) as refusal:
        read_environment(Environment, "F", {})
    assert all(f"{name} is not set" in str(refusal.value) for name in RIGHT.keys() - {"KEY"})
    assert "KEY" not in str(refusal.value)
