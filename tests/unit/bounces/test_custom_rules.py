"""Custom rules in feedback.toml: they precede the built-in ones, wherever mail is classified."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ses_feedback.decision.decide import decide
from ses_feedback.errors import InvalidSettings
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Action, Reason
from ses_feedback_cli.main import app
from tests.samples import SHIPPED, changed, load, one, settings_with

GONE = '[rules.gone]\nreason = "mailbox_inactive"\ntext = "user unknown | has left us"\n'
BOUNCE = changed(load("ses/event_bounce.json"), "bounce.bouncedRecipients.0.diagnosticCode", "550 Bob has left us")


def fault_of(rules: str) -> str:
    with pytest.raises(InvalidSettings) as caught:
        settings_with(rules)
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(SHIPPED.read_text(encoding="utf-8") + GONE, encoding="utf-8")
    return str(path)


def test_a_custom_rule_decides_before_the_built_in_ones() -> None:
    decision = decide(one(BOUNCE), settings_with(GONE))
    assert decision.classification is not None
    assert (decision.reason, decision.classification.rule) == (Reason.MAILBOX_INACTIVE, "gone")


def test_what_no_custom_rule_fits_is_classified_as_before(settings: Settings) -> None:
    full = changed(BOUNCE, "bounce.bouncedRecipients.0.diagnosticCode", "552 mailbox full")
    assert decide(one(full), settings_with(GONE)) == decide(one(full), settings)


def test_a_custom_rule_does_not_make_a_temporary_reply_suppress() -> None:
    later = changed(BOUNCE, "bounce.bouncedRecipients.0.diagnosticCode", "450 4.1.1 Bob has left us")
    later = changed(later, "bounce.bouncedRecipients.0.status", "4.1.1")
    assert decide(one(later), settings_with(GONE)).action is Action.COUNT_SOFT


def test_the_first_of_two_custom_rules_decides() -> None:
    two = settings_with('[rules]\na = { reason = "unknown", text = "has left us" }\n' + GONE)
    assert decide(one(BOUNCE), two).reason is Reason.UNKNOWN


def test_the_classifier_is_built_once_and_shared_where_nothing_is_added(settings: Settings) -> None:
    custom = settings_with(GONE)
    assert custom.classifier is custom.classifier
    assert settings.classifier is settings_with("").classifier


def test_a_pattern_that_does_not_compile_names_the_rule_and_its_line() -> None:
    fault = fault_of(GONE + '[rules.broken]\nreason = "unknown"\ntext = "a word"\npattern = "(("\n')
    line = fault.partition("feedback.toml, line ")[2].partition(":")[0]
    assert "rules.broken: rule 'broken': its pattern does not compile" in fault
    text = SHIPPED.read_text(encoding="utf-8").partition("[policy]")[0]
    assert int(line) == len(text.splitlines()) + 4


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (
            '[rules.a]\nreason = "bored"\ntext = "b"',
            "rule 'a' has the unknown reason 'bored'; allowed: user_unknown, ",
        ),
        ('[rules.a]\nreason = "unknown"\ntexts = "b"', "rule 'a' has the unknown key 'texts'; allowed: reason, text"),
        ('[rules.a]\nreason = "unknown"', "rule 'a' needs at least one of: text, status, code, type"),
        ("[rules]\na = 3", "rule 'a' must be a table of: reason"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_with_what_is_allowed(rules: str, says: str) -> None:
    assert f": rules.a: {says}" in fault_of(rules)


def test_the_commands_use_custom_rules_too(file: str, tmp_path: Path) -> None:
    asked = json.dumps({"id": 1, "diagnostic": "550 Bob has left us"})
    answers = [CliRunner().invoke(app, ["classify", *o], input=asked).stdout for o in ([], ["--settings", file])]
    assert [json.loads(answer)["rule"] == "gone" for answer in answers] == [False, True]
    (tmp_path / "bounce.json").write_text(json.dumps(BOUNCE), encoding="utf-8")
    explained = CliRunner().invoke(app, ["explain", "--json", "--settings", file, str(tmp_path / "bounce.json")])
    assert json.loads(explained.stdout)["rule"] == "gone"
