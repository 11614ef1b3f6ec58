"""A scope is its stored text, and says what it is made of."""

import json

import pytest

from ses_feedback.scope import GLOBAL, Scope


@pytest.mark.parametrize(
    ("scope", "text", "kind", "name"),
    [
        (GLOBAL, "global", "global", ""),
        (Scope.of_environment("dev"), "environment:dev", "environment", "dev"),
        (Scope.of_tenant("paper-lantern"), "tenant:paper-lantern", "tenant", "paper-lantern"),
        (Scope.of_message_stream("marketing"), "message_stream:marketing", "message_stream", "marketing"),
    ],
)
def test_a_scope_is_read_back_from_its_text(scope: Scope, text: str, kind: str, name: str) -> None:
    assert (scope.kind, scope.name) == (kind, name)
    assert scope == Scope(text)
    assert json.dumps({scope: scope}) == json.dumps({text: text})
