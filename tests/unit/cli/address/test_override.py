"""`ses-feedback reinstate` and `suppress` on moto's ledger, and what `check` and `why` say afterwards."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback.decision.decide import decide
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.samples import NOW, feedback_in, load
from tests.stores import items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

OLIVER, JONAS, CLEAN = "oliver.hayes@example.net", "jonas.weber@example.org", "nobody@example.com"


@pytest.fixture(autouse=True)
def bounced(ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Oliver's mailbox does not exist; Jonas complained about marketing."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    for name in ("story/04_production_hard_bounce.json", "story/10_marketing_complaint.json"):
        for feedback in feedback_in(load(name)):
            ledger.record(decide(feedback, settings), NOW)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def row_of(result: Result) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(result.stdout)
    return row


def may_send(address: str, *options: str) -> bool:
    return run("check", address, *options).exit_code == 0


def test_mail_may_be_sent_to_a_reinstated_address(ledger: Ledger) -> None:
    assert not may_send(OLIVER)
    result = run("reinstate", OLIVER, "--reason", "wrote today")
    assert result.exit_code == 0
    assert "Lifted: Suppressed everywhere, for good" in result.stdout
    assert may_send(OLIVER)
    assert dict(ledger.suppressed(GLOBAL, NOW)) == {}


def test_mail_may_not_be_sent_to_a_suppressed_address(ledger: Ledger) -> None:
    assert may_send(CLEAN)
    assert run("suppress", CLEAN, "--reason", "asked by telephone").exit_code == 0
    assert not may_send(CLEAN)
    assert dict(ledger.suppressed(GLOBAL, NOW))[CLEAN].fact == "operator"


def test_one_stream_may_be_reinstated_or_suppressed() -> None:
    run("reinstate", JONAS, "--stream", "marketing", "--reason", "subscribed again")
    assert may_send(JONAS, "--stream", "marketing")
    run("suppress", CLEAN, "--stream", "marketing", "--reason", "no news, please")
    assert (may_send(CLEAN), may_send(CLEAN, "--stream", "marketing")) == (True, False)


def test_what_is_still_in_force_is_shown() -> None:
    result = run("reinstate", OLIVER, "--stream", "marketing", "--reason", "a try")
    assert "Still in force: Suppressed everywhere" in result.stdout


def test_an_address_without_history_can_be_reinstated() -> None:
    assert "Nothing suppressed it" in run("reinstate", CLEAN, "--reason", "to be sure").stdout


def test_the_json_shows_before_and_after() -> None:
    row = row_of(run("reinstate", OLIVER, "--reason", "wrote today", "--by", "jo", "--json"))
    assert list(row) == ["address", "effect", "event_id", "at", "by", "reason", "before", "after"]
    assert [held["fact"] for held in row["before"]] == ["user_unknown"]
    assert (row["effect"], row["by"], row["reason"], row["after"]) == ("reinstated", "jo", "wrote today", [])


def test_the_author_is_the_aws_identity_by_default() -> None:
    assert row_of(run("suppress", CLEAN, "--reason", "x", "--json"))["by"].startswith("arn:aws:sts::")


def test_why_shows_who_decided_and_why_and_the_next_command() -> None:
    assert f"ses-feedback reinstate {OLIVER} --reason" in run("why", OLIVER).stdout
    run("reinstate", OLIVER, "--reason", "wrote today", "--by", "jo")
    story = run("why", OLIVER).stdout
    for text in ("operator → reinstated", "jo", "wrote today", "not suppressed", "you may write to it again"):
        assert text.lower() in story.lower()


def test_an_operators_row_alerts_nobody(dynamodb: "DynamoDBClient") -> None:
    run("suppress", CLEAN, "--reason", "x")
    [row] = [row for (pk, _), row in items_in(dynamodb, TABLE, "E#").items() if pk == f"A#{CLEAN}"]
    assert "alert" not in row


def test_an_older_bounce_that_arrives_later_does_not_count(ledger: Ledger, settings: Settings) -> None:
    run("reinstate", OLIVER, "--reason", "wrote today")
    for feedback in feedback_in(load("story/12_production_hard_bounce_again.json")):
        ledger.record(decide(feedback, settings), NOW)
    assert may_send(OLIVER)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["reinstate", OLIVER, "--reason", " "], "the reason and who decides must not be empty"),
        (["reinstate", OLIVER], "--reason"),
        (["reinstate", "nobody", "--reason", "x"], "'nobody' is not an e-mail address"),
        (["reinstate", OLIVER, "--reason", "x", "--stream", "news"], "no message stream 'news' in the settings"),
        (["suppress", OLIVER, "--reason", "x", "--environment", "live"], "no environment 'live' in the settings"),
        (["suppress", OLIVER, "--reason", "x", "--environment", "dev", "--stream", "marketing"], "not both"),
        (["suppress", OLIVER, "--reason", "x", "--days", "0"], "--days"),
        (["suppress", "*@com", "--reason", "x"], "'*@com' is not a rule: write *@example.com"),
        (["suppress", "oliver*@example.net", "--reason", "x"], "a * stands for all of a domain"),
    ],
)
def test_invalid_arguments_change_nothing(arguments: list[str], message: str, ledger: Ledger) -> None:
    before = ledger.state(OLIVER)
    result = run(*arguments, "--by", "jo")
    assert result.exit_code == 2
    assert message in result.output
    assert ledger.state(OLIVER) == before
