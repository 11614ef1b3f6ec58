"""What `sam build` makes of the built-in rules classifies as they do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ses_feedback.bounces import classification, rules
from ses_feedback.bounces.classification import Classifier, write_built
from ses_feedback.bounces.rules import built_in_rules, built_rules, load_rules


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for module in (classification, rules):
        monkeypatch.setattr(module, "BUILT", tmp_path / "rules.json")
    write_built()
    _forget()
    yield
    _forget()


def _forget() -> None:
    built_rules.cache_clear()
    built_in_rules.cache_clear()


def test_the_built_rules_are_the_same_rules_filed_in_the_same_places(
    built: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_build = Classifier()
    assert built_rules() is not None
    for module in (classification, rules):
        monkeypatch.setattr(module, "built_rules", lambda: None)
    built_in_rules.cache_clear()
    by_table = Classifier()
    assert (by_build.rules, by_build.filed) == (by_table.rules, by_table.filed)


def test_custom_rules_are_filed_with_the_built_ones(built: None) -> None:
    custom = load_rules("mine = { reason = 'policy_block', text = 'of the club' }", "my.toml")
    assert Classifier(custom).filed.by_word["club"][0] == 0
