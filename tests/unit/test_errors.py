"""The tree of errors is what its drawing says."""

import inspect
import re

from ses_feedback import errors
from ses_feedback.errors import SesFeedbackError

BRANCH = re.compile(r"^(?P<indent>[│ ]*)[├└]── (?P<name>\w+)  +\S", re.MULTILINE)


def drawn(text: str) -> dict[str, str]:
    """Each error's parent, as the docstring draws them."""
    parents, above = {}, [SesFeedbackError.__name__]
    for branch in BRANCH.finditer(text):
        depth = len(branch["indent"]) // 4 + 1
        above[depth:] = [branch["name"]]
        parents[branch["name"]] = above[depth - 1]
    return parents


def test_the_docstring_draws_every_error_below_its_parent() -> None:
    defined = {
        name: error.__base__.__name__
        for name, error in inspect.getmembers(errors, inspect.isclass)
        if error.__base__ is not None and issubclass(error.__base__, SesFeedbackError)
    }
    assert drawn(inspect.getdoc(errors) or "") == defined
    assert len(defined) > 12


def test_the_docstring_says_who_catches_each_error() -> None:
    leaves = {name for name, parent in drawn(inspect.getdoc(errors) or "").items() if parent != "SesFeedbackError"}
    assert set(re.findall(r"^ {4}([A-Z]\w+)  +\S", inspect.getdoc(errors) or "", re.MULTILINE)) == leaves
